"""All of the gap: figures as data, and pages."""

from fastapi import APIRouter

from server.gap.endpoints import router as api
from server.gap.pages import router as pages

router = APIRouter()
router.include_router(api)
router.include_router(pages)
