"""All routes of this slice."""

from fastapi import APIRouter

from server.agreement.endpoints import router as endpoints
from server.agreement.pages import router as pages

router = APIRouter()
router.include_router(endpoints)
router.include_router(pages)
