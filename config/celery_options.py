"""Celery's options, each with its why."""

from __future__ import annotations

from typing import Any


def celery_options(broker_url: str) -> dict[str, Any]:
    """The options for every process that publishes or consumes."""
    return {
        "broker_url": broker_url,
        # Nobody reads results: what happened is in SQL. A result backend halves the throughput.
        "result_backend": None,
        "task_ignore_result": True,
        # A worker that dies leaves its message to be delivered again; leases in SQL decide what it may do.
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,
        # A message held back in a busy worker is a job that waits while another worker idles.
        "worker_prefetch_multiplier": 1,
        # Threads: the work is waiting for the network. Prefork gives nothing and multiplies memory.
        "worker_pool": "threads",
        "task_create_missing_queues": True,
        "task_default_queue": "upkeep",
        "task_serializer": "json",
        "accept_content": ["json"],
        # Operators watch the tasks in Flower; the arguments that are shown hold no prompts.
        "worker_send_task_events": True,
        "task_send_sent_event": True,
        # Messages that a killed worker held come back within seconds, not after an hour; leases in SQL
        # make a second delivery harmless.
        "broker_transport_options": {
            "visibility_timeout": 600,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # Publishing that cannot reach Redis says so at once: the dispatcher publishes again next tick.
        "task_publish_retry": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        # SIGTERM lets the calls in flight end: their answers are paid for.
        "worker_soft_shutdown_timeout": 0,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "enable_utc": True,
    }
