"""How many pictures a camera must have lost, told by the times of those that came."""


class LostPictures:
    """Counts by the device's own clock where it has one, since that does not know how busy this machine is.

    By the host's clock a picture that merely came late looks like a lost one until the next comes too soon after it;
    then it is taken back.
    """

    def __init__(self, fps: float) -> None:
        """:param fps: how many pictures a second there should be."""
        self._period_ns = 1e9 / fps
        self._device_ns: int | None = None
        self._host_ns: int | None = None
        self._doubtful = 0
        self.count = 0

    def saw(self, device_ns: int | None, host_ns: int) -> None:
        """A picture came, with these times."""
        by_device = device_ns is not None and self._device_ns is not None and device_ns > self._device_ns
        if by_device:
            assert device_ns is not None and self._device_ns is not None, "just seen"  # noqa: PT018 -- for mypy
            self.count += max(0, round((device_ns - self._device_ns) / self._period_ns) - 1)
        elif self._host_ns is not None:
            self._by_host((host_ns - self._host_ns) / self._period_ns)
        self._device_ns, self._host_ns = device_ns, host_ns

    def _by_host(self, periods: float) -> None:
        if periods < 0.5 and self._doubtful > 0:
            self._doubtful -= 1
            self.count -= 1
        elif periods >= 1.5:
            self._doubtful = round(periods) - 1
            self.count += self._doubtful
        elif periods >= 0.75:
            self._doubtful = 0
