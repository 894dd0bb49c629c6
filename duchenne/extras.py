"""Which part of the installation brings a module: said when a command is called where that part was left out."""

EXTRAS = {
    "psychopy": "collect",
    "pylink": "collect",
    "PIL": "collect",
    "skimage": "simulate",
    "httpx2": "simulate",
    "obstore": "s3",
    "fastapi": "server",
    "uvicorn": "server",
    "sqlalchemy": "server",
    "alembic": "server",
    "argon2": "server",
    "torch": "model",
    "safetensors": "model",
    "ai_edge_litert": "model",
    "matplotlib": "model",
    "submitit": "slurm",
    "mlflow": "mlflow",
    # These come with more than one part; naming all lets the reader choose the part whose command was called.
    "av": "collect], [simulate], [server] or [model",
    "cv2": "collect], [simulate] or [model",
    "pyarrow": "server] or [model",
    "openpyxl": "collect] or [server",
}


def told_missing(module: str | None) -> str | None:
    """What to do about a module that is not there; None if it is none that a part of ours brings."""
    top = (module or "").split(".")[0]
    if top not in EXTRAS:
        return None
    return (
        f"this command needs the Python module {top!r}, which was not installed here. It comes with the extra "
        f"[{EXTRAS[top]}] of duchenne: install that, as in pip install '.[collect,simulate]' in the source folder"
    )
