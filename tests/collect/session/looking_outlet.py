"""An eye on loopback that looks where it is told: a stream of a tracker's program, as a process of its own.

    python looking_outlet.py NAME RATE_HZ

Says 'ready' and sends until its input ends; each line 'X Y' of its input moves the gaze there, in pixels.
"""

import sys
import threading
import time

import pylsl


def main(name: str, rate_hz: float) -> None:
    info = pylsl.StreamInfo(name, "Gaze", 6, rate_hz, pylsl.cf_float32, name)
    info.set_channel_labels(["left_x", "left_y", "left_pupil", "right_x", "right_y", "right_pupil"])
    outlet = pylsl.StreamOutlet(info)
    looks_at, done = [320.0, 180.0], threading.Event()

    def listen() -> None:
        for line in sys.stdin:
            looks_at[:] = map(float, line.split())
        done.set()

    threading.Thread(target=listen, daemon=True).start()
    print("ready", flush=True)
    begun = time.perf_counter()
    sent = 0
    while not done.is_set():
        due = int((time.perf_counter() - begun) * rate_hz)
        for _ in range(due - sent):
            outlet.push_sample([*looks_at, 3.0, looks_at[0] + 4.0, looks_at[1], 3.1], time.perf_counter())
        sent = max(sent, due)
        done.wait(1 / rate_hz)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
