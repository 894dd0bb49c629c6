"""The documents of this slice, from one transaction."""

from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.scales import Instrument
from server.agreement.documents import (
    AgreementDocument,
    Figure,
    OneRaterDocument,
    RaterDocument,
    RaterFigures,
    RaterOverTime,
    RatersDocument,
)
from server.agreement.errors import NoSuchRaterError
from server.agreement.figures import DRAWS, WEEK_DRAWS, instrument_agreement
from server.agreement.filters import ORIGINS, Filters
from server.agreement.keeping import KeptFigures
from server.agreement.rater_figures import alpha_of_all, rater_figures, rater_over_time
from server.agreement.reading import Columns, read_columns
from server.agreement.scores import read_scores
from server.db.accounts import Account, Role
from server.db.ratings import Vote

_EVERY_ORIGIN = frozenset(ORIGINS)


def agreement(session: Session, kept: KeptFigures, filters: Filters) -> AgreementDocument:
    """How far raters agree."""

    def compute() -> AgreementDocument:
        return AgreementDocument(
            study=filters.study,
            origins=[origin for origin in ORIGINS if origin in filters.origins],
            draws=DRAWS,
            week_draws=WEEK_DRAWS,
            instruments=[
                instrument_agreement(instrument, columns)
                for instrument, columns in _columns(session, kept, filters).items()
            ],
        )

    return kept.find(session, ("agreement", filters), compute)


def raters(session: Session, kept: KeptFigures, filters: Filters, today: date) -> RatersDocument:
    """All who may rate or have rated, by name; an account that is no rater and has not rated is left out."""
    whole, figures = _rater_figures(session, kept, filters, today)
    voters = set(session.scalars(select(Vote.rater_id).distinct()))
    accounts = session.scalars(select(Account).order_by(Account.name))
    shown = [one for one in accounts if one.id in voters or (one.role == Role.RATER and one.active)]
    return RatersDocument(
        study=filters.study,
        origins=[origin for origin in ORIGINS if origin in filters.origins],
        draws=DRAWS,
        alpha_of_all=whole,
        raters=[_rater(one, figures) for one in shown],
    )


def one_rater(session: Session, kept: KeptFigures, filters: Filters, pseudonym: str, today: date) -> OneRaterDocument:
    """One rater, and how they went over time. Raises NoSuchRaterError."""
    account = session.scalar(select(Account).where(Account.pseudonym == pseudonym))
    if account is None:
        raise NoSuchRaterError(f"rater {pseudonym!r}: nobody has this pseudonym. The list of raters has all of them")
    whole, figures = _rater_figures(session, kept, filters, today)

    def compute() -> list[RaterOverTime]:
        return [
            rater_over_time(instrument, columns, account.id)
            for instrument, columns in _columns(session, kept, filters).items()
            if account.id in columns.rater
        ]

    over_time = kept.find(session, ("one", filters, account.id), compute)
    return OneRaterDocument(rater=_rater(account, figures), alpha_of_all=whole, over_time=over_time)


def seen_elsewhere(session: Session, kept: KeptFigures, filters: Filters) -> int:
    """How many answers there are of origins that the filters leave out."""
    every = _columns(session, kept, replace(filters, origins=_EVERY_ORIGIN))
    mine = _columns(session, kept, filters)
    return sum(len(one.task) for one in every.values()) - sum(len(one.task) for one in mine.values())


def _columns(session: Session, kept: KeptFigures, filters: Filters) -> dict[Instrument, Columns]:
    return kept.find(session, ("columns", filters), lambda: read_columns(session, filters))


_Figures = tuple[dict[Instrument, Figure | None], dict[int, list[RaterFigures]]]


def _rater_figures(session: Session, kept: KeptFigures, filters: Filters, today: date) -> _Figures:
    def compute() -> _Figures:
        scores = read_scores(session, filters)
        figures: dict[int, list[RaterFigures]] = {}
        columns = _columns(session, kept, filters)
        for instrument, own in columns.items():
            for rater, one in rater_figures(instrument, own, scores, today).items():
                figures.setdefault(rater, []).append(one)
        return {instrument: alpha_of_all(own) for instrument, own in columns.items()}, figures

    return kept.find(session, ("raters", filters, today), compute)


def _rater(account: Account, figures: dict[int, list[RaterFigures]]) -> RaterDocument:
    return RaterDocument(
        name=account.name,
        pseudonym=account.pseudonym,
        role=account.role,
        active=account.active,
        instruments=figures.get(account.id, []),
    )
