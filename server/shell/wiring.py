"""Everything that the shell adds to an application."""

from fastapi import FastAPI

from server.shell.error_pages import install_error_pages
from server.shell.headers import SafetyHeaders
from server.shell.static_files import mount_static


def install_shell(app: FastAPI) -> None:
    """Style sheets, error pages and safety headers."""
    mount_static(app)
    install_error_pages(app)
    app.add_middleware(SafetyHeaders)
