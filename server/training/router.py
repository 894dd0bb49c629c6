"""All routes of this slice."""

from fastapi import APIRouter

from server.training.endpoints import router as calls
from server.training.pages import router as pages

router = APIRouter()
router.include_router(calls)
router.include_router(pages)
