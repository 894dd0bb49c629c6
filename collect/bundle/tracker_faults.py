"""What shall go wrong with a simulated tracker: a study names it, and tests do."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

TrialNumber = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(ge=0, le=3600)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrackingLoss(_Strict):
    """In this trial, from and to these seconds after its start, the tracker sees no eye."""

    trial: TrialNumber
    from_s: Seconds
    to_s: Seconds

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.to_s <= self.from_s:
            raise ValueError("'to_s' must be later than 'from_s'")
        return self


class TrackerFaults(_Strict):
    """Nothing goes wrong where nothing is said."""

    losses: tuple[TrackingLoss, ...] = ()
    #: (trial, seconds after its start) from when on the tracker is gone.
    disconnect: tuple[TrialNumber, Seconds] | None = None
    #: Samples reach the host so many seconds after they were measured, with their true times; a stop waits for them.
    late_s: Seconds = 0.0
    #: The first so many calibrations are bad.
    bad_calibrations: Annotated[int, Field(ge=0)] = 0
    #: The first so many drift checks are bad.
    bad_drift_checks: Annotated[int, Field(ge=0)] = 0
    #: With each trial since the last calibration the gaze is off by so much more, to the right.
    drift_deg_per_trial: Annotated[float, Field(ge=0, le=10)] = 0.0
    #: The tracker's own file cannot be fetched at the end.
    failing_transfer: bool = False
