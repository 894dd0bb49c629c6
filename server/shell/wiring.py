"""Everything that the shell adds to an application."""

from fastapi import FastAPI

from server.shell.body_limit import BodyLimit
from server.shell.error_pages import CrashPages, install_error_pages
from server.shell.headers import SafetyHeaders
from server.shell.static_files import mount_static


def install_shell(app: FastAPI) -> None:
    """Style sheets, error pages, the limit of bodies, and safety headers on whatever is answered."""
    mount_static(app)
    install_error_pages(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(CrashPages)
    https = app.state.config.public_url.startswith("https://")
    app.add_middleware(SafetyHeaders, https=https)  # the last is the outermost
