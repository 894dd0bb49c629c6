"""Who may call what of this slice."""

_VIEWERS = frozenset({"adjudicator", "researcher", "admin"})

#: A task's media go to whoever holds a place of it, so any role passes the door and the place decides.
ROUTES = {
    ("GET", "/media/{media_id}/face"): frozenset({"any role"}),
    ("HEAD", "/media/{media_id}/face"): frozenset({"any role"}),
    ("GET", "/media/{media_id}/stimulus"): frozenset({"any role"}),
    ("HEAD", "/media/{media_id}/stimulus"): frozenset({"any role"}),
    ("GET", "/media/{media_id}/gaze"): frozenset({"any role"}),
    ("HEAD", "/media/{media_id}/gaze"): frozenset({"any role"}),
    ("GET", "/media/trials/{trial}/face"): _VIEWERS,
    ("HEAD", "/media/trials/{trial}/face"): _VIEWERS,
    ("GET", "/media/trials/{trial}/stimulus"): _VIEWERS,
    ("HEAD", "/media/trials/{trial}/stimulus"): _VIEWERS,
    ("GET", "/media/trials/{trial}/gaze"): _VIEWERS,
    ("HEAD", "/media/trials/{trial}/gaze"): _VIEWERS,
}
