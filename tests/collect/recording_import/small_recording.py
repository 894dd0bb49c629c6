"""A recording that somebody else could have made: an ASC of four blocks, a face video of two seconds, their table."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

HEAD = """\
** CONVERTED FROM small.edf
** EYELINK II CL v5.50 Jun 16 2022 (EyeLink 1000 Plus)
MSG\t900 !CAL VALIDATION HV9 LR LEFT  GOOD ERROR 0.27 avg. 0.37 max  OFFSET 0.15 deg. 7.8,4.8 pix.
MSG\t900 !CAL VALIDATION HV9 LR RIGHT POOR ERROR 1.10 avg. 2.30 max  OFFSET 0.15 deg. 7.8,4.8 pix.
MSG\t990 GAZE_COORDS 0.00 0.00 1919.00 1079.00
"""
BLOCK = """\
START\t{start} \tLEFT\tRIGHT\tSAMPLES\tEVENTS
PUPIL\tDIAMETER
SAMPLES\tGAZE\tLEFT\tRIGHT\tRATE\t 250.00\tTRACKING\tCR\tFILTER\t2
MSG\t{start} TRIALID {trial}, "first" – Ärger
{samples}\
EFIX L   {start}\t{end}\t400\t  960.5\t  541.1\t   1001
EBLINK R {start}\t{end}\t400
ESACC L  {start}\t{end}\t400\t   .\t   .\t  852.1\t  616.2\t 1.2\t    102
END\t{end} \tSAMPLES\tEVENTS\tRES\t  35.19\t  35.15
"""
TABLE = """\
trial\tclip\tstart_ms\tend_ms\temotion\tface_start_s\tseven\tthree\tvalence\tarousal
1\tsad-film\t1000\t1400\tsadness\t0.2\tsadness\tnegative\t-0.75\t0
2\tjoy-film\t2000\t2400\thappiness\t0.2\thappiness\t\t\t
3\tsad-film\t3000\t3400\tsadness\t1.8\t\t\t\t
4\tsad-film\t4000\t4400\tsadness\t\t\t\t\t
"""


def block(trial: int, start: int) -> str:
    lines = "".join(
        f"{t}\t  {t % 1000}.5\t  541.0\t 1001.0\t   .\t   .\t    0.0\t..C.R\n" for t in range(start, start + 400, 4)
    )
    return BLOCK.format(start=start, end=start + 400, trial=trial, samples=lines)


def write_small_recording(folder: Path) -> tuple[Path, Path, Path]:
    """A recording with four blocks, a video of two seconds whose frames grow brighter, and the table."""
    asc, video, table = folder / "small.asc", folder / "face.mp4", folder / "trials.tsv"
    asc.write_text(HEAD + "".join(block(n, n * 1000) for n in (1, 2, 3, 4)), encoding="utf-8")
    table.write_text(TABLE, encoding="utf-8")
    with av.open(str(video), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "5", "g": "100"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 4 * index + 20, np.uint8), "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return asc, video, table
