"""What an EyeLink is told before it records: screen, rate, eyes, and what goes into its file and over the link."""

from collect.bundle.format import ScreenInfo
from collect.bundle.study_devices import EyeLinkTracker

_EVENTS = "LEFT,RIGHT,FIXATION,SACCADE,BLINK,MESSAGE,BUTTON,INPUT"
_FILE_SAMPLES = "LEFT,RIGHT,GAZE,HREF,AREA,GAZERES,BUTTON,STATUS,INPUT"
_LINK_SAMPLES = "LEFT,RIGHT,GAZE,GAZERES,AREA,STATUS,INPUT"


def opening_commands(settings: EyeLinkTracker, screen: ScreenInfo) -> list[str]:
    """In the order in which they are sent, each as the Host PC's own configuration files would have it."""
    eyes = settings.eyes
    which_eye = [] if eyes == "LR" else [f"active_eye = {'LEFT' if eyes == 'L' else 'RIGHT'}"]
    return [
        # The host takes a preamble only as long as its new file is empty.
        "add_file_preamble_text 'RECORDED BY DUCHENNE'",
        f"screen_pixel_coords = {_pixels(screen)}",
        f"sample_rate = {settings.rate_hz}",
        f"binocular_enabled = {'YES' if eyes == 'LR' else 'NO'}",
        *which_eye,
        "pupil_size_diameter = NO",
        "recording_parse_type = GAZE",
        f"file_event_filter = {_EVENTS}",
        f"file_sample_data = {_FILE_SAMPLES}",
        f"link_event_filter = {_EVENTS}",
        f"link_sample_data = {_LINK_SAMPLES}",
        "calibration_type = HV9",
        *_physical_size(screen),
    ]


def display_message(screen: ScreenInfo) -> str:
    """For whoever reads the file later: without it, gaze in pixels has no screen."""
    return f"DISPLAY_COORDS {_pixels(screen)}"


def _pixels(screen: ScreenInfo) -> str:
    """Left, top, right and bottom pixel; the last one is inside."""
    return f"0 0 {screen.width_px - 1} {screen.height_px - 1}"


def _physical_size(screen: ScreenInfo) -> list[str]:
    """mm from the middle of the screen, and mm to the eyes: from these the host computes degrees."""
    if screen.width_cm is None or screen.distance_cm is None:
        return []
    half_mm = screen.width_cm * 10 / 2
    tall_mm = half_mm * screen.height_px / screen.width_px
    return [
        f"screen_phys_coords = {-half_mm:.0f} {tall_mm:.0f} {half_mm:.0f} {-tall_mm:.0f}",
        f"simulation_screen_distance = {screen.distance_cm * 10:.0f}",
    ]
