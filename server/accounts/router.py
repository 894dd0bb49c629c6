"""All pages and calls that have to do with who may come in."""

from fastapi import APIRouter

from server.accounts import endpoints, join, own_page, people_pages, token_pages

router = APIRouter()
for part in (endpoints, join, own_page, people_pages, token_pages):
    router.include_router(part.router)
