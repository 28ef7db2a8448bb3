"""Who is told what: Airflow's notifiers as the configuration names them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseNotifier

from saaf.config import AirflowConfig
from saaf.errors import ConfigError

if TYPE_CHECKING:
    from airflow.sdk.definitions.deadline import DeadlineAlert

Event = Literal["failure", "approval", "success", "deadline"]

_log = logging.getLogger(__name__)


def notifiers(config: AirflowConfig, event: Event) -> list[BaseNotifier]:
    """The notifiers that want to be told of an event.

    Raises:
        ConfigError: One cannot be imported or made; Airflow shows this as the DAG's import error.
    """
    return [_made(item.notifier, item.kwargs) for item in config.notifiers if event in item.on]


def _made(path: str, kwargs: dict[str, Any]) -> BaseNotifier:
    module, name = path.rsplit(".", 1)
    try:
        made = getattr(import_module(module), name)(**kwargs)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ConfigError(
            f"the notifier {path} cannot be used: {error}",
            where="airflow.notifiers of the configuration",
            next_step="see that its provider is installed, and that `kwargs` are what its class takes",
        ) from error
    if not isinstance(made, BaseNotifier):
        raise ConfigError(
            f"{path} is no notifier of Airflow",
            where="airflow.notifiers of the configuration",
            next_step="name a class that derives from airflow.sdk.BaseNotifier",
        )
    return made


def deadline(config: AirflowConfig) -> DeadlineAlert | None:
    """The alert for a run that is late; None where the configuration sets no deadline."""
    if config.deadline_hours is None:
        return None
    from airflow.sdk.definitions.callback import SyncCallback
    from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(hours=config.deadline_hours),
        callback=SyncCallback("saaf.airflow.notify.tell_of_deadline"),
    )


def tell_of_deadline(context: Any = None) -> None:
    """Tell those who want to know that a run is late; called by Airflow's executor."""
    from saaf.airflow.runs import configuration

    config = configuration().airflow
    _log.warning("a run is not done %s hours after it was due", config.deadline_hours)
    tell(notifiers(config, "deadline"), context or {})


def tell(those: Sequence[BaseNotifier], context: Any) -> None:
    """Call notifiers one after the other; one that fails does not keep the next from being called."""
    for notifier in those:
        try:
            notifier(context)
        except Exception:  # noqa: BLE001 - a notifier may raise anything
            _log.exception("the notifier %s failed", type(notifier).__name__)
