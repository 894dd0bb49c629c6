"""A gaze stream on loopback, as a tracker's program would send it; run as a process of its own.

    python lsl_outlet.py NAME SOURCE RATE_HZ SAMPLES

Sample n has left_x = n, left_y = n / 2, a right eye 10 px beside it, and a pupil of 3 mm; every fifth has no right eye.
Says 'ready', sends after a line came in, says 'sent', and stays until its input ends.
"""

import math
import sys
import time

import pylsl


def main(name: str, source: str, rate_hz: float, samples: int) -> None:
    info = pylsl.StreamInfo(name, "Gaze", 6, rate_hz, pylsl.cf_float32, source)
    info.set_channel_labels(["Left_X", "Left_Y", "Left_Pupil", "RX", "RY", "RP"])
    outlet = pylsl.StreamOutlet(info)
    print("ready", flush=True)
    sys.stdin.readline()
    start_ns = time.perf_counter_ns()
    for n in range(samples):
        while time.perf_counter_ns() < start_ns + n * 1e9 / rate_hz:
            time.sleep(0.0005)
        right = [n + 10.0, n / 2, 3.0] if n % 5 else [math.nan] * 3
        # Stamped with the host's own monotonic clock, which is the stream's as well: the truth is known to the reader.
        outlet.push_sample([float(n), n / 2, 3.0, *right], time.perf_counter_ns() / 1e9)
    print("sent", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
