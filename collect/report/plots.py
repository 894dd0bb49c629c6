"""The plots of a session, each as one SVG element. None where there is nothing to plot."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collect.bundle.format import ScreenInfo
from collect.quality.format import CalibrationQuality, Histogram, SessionQuality
from collect.report import drawing
from collect.report.drawing import BAD, INK, LINE, MUTED, SUNKEN, A, B, C
from collect.report.words import minutes

Values = NDArray[np.floating[Any]]
_WIDE = (7.6, 1.9)
#: Distances of ticks that people count in.
_TICKS_S = (1, 5, 10, 15, 30, 60, 120, 300, 600, 1200)


def calibration_plot(calibration: CalibrationQuality, screen: ScreenInfo) -> str | None:
    """Targets as crosses, where each eye was measured to look as dots, on the screen as it is."""
    if not calibration.points:
        return None
    with drawing.plain_style():
        figure = drawing.new_figure(3.6, 3.6 * screen.height_px / screen.width_px + 0.4)
        axes = figure.subplots()
        colours = {"L": A, "R": B}
        for point in calibration.points:
            axes.plot(point.target_x, point.target_y, "+", color=INK, markersize=9, markeredgewidth=1)
            if point.x is None or point.y is None:
                axes.plot(point.target_x, point.target_y, "x", color=BAD, markersize=11)
                continue
            axes.plot([point.target_x, point.x], [point.target_y, point.y], color=colours[point.eye], linewidth=1)
            axes.plot(point.x, point.y, "o", color=colours[point.eye], markersize=4)
        for eye, word in (("L", "left eye"), ("R", "right eye")):
            if any(point.eye == eye for point in calibration.points):
                axes.plot([], [], "o", color=colours[eye], markersize=4, label=word)
        axes.set(xlim=(0, screen.width_px), ylim=(screen.height_px, 0), xticks=[], yticks=[], aspect="equal")
        axes.spines[:].set_color(LINE)
        figure.legend(loc="outside lower left", ncols=2, frameon=False, handletextpad=0.2)
        return drawing.svg_of(figure, "calibration", "Calibration: targets and measured gaze")


def gaze_over_time(quality: SessionQuality) -> str | None:
    """The share of valid gaze in every second of every clip, at its time of the session."""
    shown = [one for one in quality.presentations if one.gaze and one.begins_s is not None]
    if not shown:
        return None
    good, usable = quality.limits.trial.gaze_valid
    with drawing.plain_style():
        figure = drawing.new_figure(*_WIDE)
        axes = figure.subplots()
        for one in shown:
            assert one.gaze is not None
            assert one.begins_s is not None
            starts = one.begins_s + np.arange(len(one.gaze.seconds))
            shares = np.array([second.any for second in one.gaze.seconds])
            end_s = one.begins_s + (one.duration_s or len(shares))
            axes.axvspan(one.begins_s, end_s, color=SUNKEN, linewidth=0)
            edges = np.append(starts, end_s)
            axes.stairs(shares, edges, color=A, fill=True, alpha=0.35, linewidth=0)
            axes.stairs(shares, edges, color=A, baseline=None, linewidth=1.1)
            axes.text((one.begins_s + end_s) / 2, 1.04, str(one.number), ha="center", color=MUTED, fontsize=8.5)
        _limit_lines(axes, {good: "good", usable: "usable"})
        axes.set(ylim=(0, 1.14), yticks=[0, 0.5, 1])
        _session_axis(axes)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        drawing.bare(axes)
        return drawing.svg_of(figure, "gaze", "Valid gaze over the session")


def interval_plot(title: str, histograms: Sequence[Histogram], name: str, usual_ms: float | None) -> str | None:
    """Counts on a logarithmic scale, so that a single long gap among thousands is seen."""
    if not histograms:
        return None
    with drawing.plain_style():
        figure = drawing.new_figure(3.6, 1.9)
        axes = figure.subplots()
        for histogram, colour in zip(histograms, (A, B, C), strict=False):
            counts, edges = np.array(histogram.counts, float), np.array(histogram.edges)
            last = max(int(np.flatnonzero(counts)[-1]) + 2, 16) if counts.any() else 16
            axes.stairs(np.maximum(counts[:last], 0.5), edges[: last + 1], color=colour, fill=True, baseline=0.5)
        if usual_ms is not None:
            axes.axvline(usual_ms, color=INK, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.set(yscale="log", xlabel=f"ms from one {title} to the next", xlim=(0, None))
        axes.set_ylim(0.5, None)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else "")
        axes.minorticks_off()
        drawing.bare(axes)
        return drawing.svg_of(figure, name, f"Intervals between {title}s")


def clock_plot(quality: SessionQuality) -> str | None:
    """How far each reading lies from its line."""
    if not quality.clocks:
        return None
    devices = sorted({clock.device for clock in quality.clocks}, reverse=True)
    with drawing.plain_style():
        figure = drawing.new_figure(7.6, 1.35 * len(devices) + 0.3)
        rows = figure.subplots(len(devices), 1, sharex=True, squeeze=False)[:, 0]
        for axes, device in zip(rows, devices, strict=True):
            for clock in quality.clocks:
                if clock.device == device:
                    at_s, residual = np.array(clock.points).T
                    axes.plot(at_s, residual, ".", color=A if device == "tracker" else B, markersize=3.5)
            axes.axhline(0, color=LINE, linewidth=0.8)
            axes.set_ylabel(f"{device}\nms")
            # Microseconds are noise to a session; a scale of nothing else would make them look like much.
            most = max(0.1, 1.05 * max(abs(low_or_high) for low_or_high in axes.get_ylim()))
            axes.set_ylim(-most, most)
            drawing.bare(axes)
        _session_axis(rows[-1])
        return drawing.svg_of(figure, "clocks", "Residuals of the clock mappings")


def face_over_time(quality: SessionQuality) -> str | None:
    """Faces, brightness and sharpness of the sampled pictures, clip after clip."""
    shown = [one for one in quality.presentations if one.face and one.begins_s is not None]
    if not shown:
        return None
    with drawing.plain_style():
        figure = drawing.new_figure(7.6, 3.0)
        rows = figure.subplots(3, 1, sharex=True, height_ratios=(1, 1.6, 1.6))
        for one in shown:
            assert one.face is not None
            assert one.begins_s is not None
            at = one.begins_s + np.array([moment.at_s for moment in one.face.moments])
            faces = np.array([moment.faces for moment in one.face.moments])
            one_face = faces == 1
            rows[0].plot(at[one_face], faces[one_face], ".", color=A, markersize=4)
            rows[0].plot(at[~one_face], np.minimum(faces[~one_face], 2), "x", color=BAD, markersize=5)
            rows[1].plot(at, [moment.brightness for moment in one.face.moments], color=A)
            sharp = [np.nan if moment.sharpness is None else moment.sharpness for moment in one.face.moments]
            rows[2].plot(at, sharp, color=A)
        rows[0].set(ylim=(-0.4, 2.4), yticks=[0, 1, 2], yticklabels=["none", "one", "more"])
        rows[0].set_ylabel("faces")
        rows[1].set(ylim=(0, 255), yticks=[0, 100, 200], ylabel="brightness")
        _limit_lines(rows[1], dict.fromkeys(quality.limits.trial.brightness, ""))
        rows[2].set(ylim=(0, None), ylabel="sharpness")
        _session_axis(rows[2])
        for axes in rows:
            drawing.bare(axes)
        figure.align_ylabels(rows)
        return drawing.svg_of(figure, "faces", "Faces, brightness and sharpness over the session")


def pupil_plot(
    number: int, at_s: Values, measured: Values, corrected: Values, light: tuple[Values, Values] | None, unit: str
) -> str | None:
    """One trial's pupil, measured and corrected (N,), over the clip's luminance (times, shares of white)."""
    if not np.isfinite(measured).any():
        return None
    with drawing.plain_style():
        figure = drawing.new_figure(3.1, 1.85)
        panels = 1 if light is None else 2
        rows = figure.subplots(panels, 1, sharex=True, height_ratios=(3, 1)[:panels], squeeze=False)[:, 0]
        rows[0].plot(at_s, measured, color=MUTED, linewidth=0.9, alpha=0.7, label="measured")
        if np.isfinite(corrected).any():
            rows[0].plot(at_s, corrected, color=A, linewidth=1.5, label="corrected for light")
        rows[0].set_ylabel(f"pupil\n{unit}")
        if light is not None:
            rows[1].fill_between(*light, color=C, alpha=0.5, linewidth=0, step="post")
            brightest = max(0.1, float(np.ceil(10 * np.max(light[1])) / 10))
            rows[1].set(ylim=(0, brightest), yticks=[0, brightest], ylabel="light")
        rows[-1].set_xlabel("seconds of the clip")
        for axes in rows:
            drawing.bare(axes)
        figure.align_ylabels(rows)
        figure.legend(loc="outside upper left", ncols=2, frameon=False, handlelength=1.2)
        return drawing.svg_of(figure, f"pupil{number}", f"Pupil in trial {number}")


def _session_axis(axes: Any) -> None:
    """Seconds of the session, written as minutes and seconds."""
    from matplotlib.ticker import MultipleLocator

    low, high = axes.get_xlim()
    step = next((step for step in _TICKS_S if (high - low) / step <= 10), _TICKS_S[-1])
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(lambda value, _: minutes(value) if value >= 0 else "")
    axes.set_xlabel("minutes of the session")


def _limit_lines(axes: Any, limits: dict[float, str]) -> None:
    for value, word in limits.items():
        axes.axhline(value, color=INK, linewidth=0.7, linestyle=(0, (3, 3)), alpha=0.6)
        if word:
            axes.text(1.005, value, word, transform=axes.get_yaxis_transform(), va="center", color=MUTED, fontsize=8.5)
