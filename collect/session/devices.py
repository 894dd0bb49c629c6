"""The devices of one session, together."""

from dataclasses import dataclass

from collect.devices.protocols import Camera, Clock, Screen, Tracker


@dataclass(frozen=True)
class Devices:
    screen: Screen
    tracker: Tracker
    camera: Camera
    clock: Clock
