"""Runs the official quixstreams client. Each input line and each output line is a JSON object."""

import json
import logging
import os
import sys
import tempfile
import time
from functools import cached_property
from types import SimpleNamespace

from quixstreams import Application
from quixstreams.models.topics import TopicConfig
from quixstreams.platforms.quix import api as portal_api
from quixstreams.platforms.quix import config as quix_config
from quixstreams.platforms.quix.api import QuixPortalApiService
from quixstreams.platforms.quix.config import QuixKafkaConfigsBuilder

logging.disable(logging.CRITICAL)


class Clock:
    """Counts the seconds that the client waits for topics. Each of them takes 100 ms."""

    now = 0

    def sleep(self, seconds):
        self.now += seconds
        time.sleep(seconds / 10)

    def monotonic(self):
        return self.now


clock = quix_config.time = Clock()
# The client waits 62 s in total before it reports that the Portal is not reachable.
portal_api.time = SimpleNamespace(sleep=lambda seconds: None)


def outcome(call):
    try:
        return {"value": call()}
    except Exception as error:
        status = getattr(error, "status_code", None)
        return {"error": type(error).__name__, "status": status, "message": str(error)}


def kafka_settings(connection, others):
    settings = {**connection.as_librdkafka_dict(plaintext_secrets=True), **others}
    return {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in settings.items()}


class Calls:
    """Each public method is a call that this-package.ts has, too."""

    def __init__(self, case):
        self.case = case
        self._credentials = [case.get("token"), case.get("portalApi")]

    @cached_property
    def _builder(self):
        timeout = self.case.get("topicTimeoutMs", 60_000) / 1000
        return QuixKafkaConfigsBuilder.from_credentials(
            *self._credentials, topic_create_timeout=timeout
        )

    def _create_application(self, **options):
        if "transactionalId" in self.case:
            options["processing_guarantee"] = "exactly-once"
            options["producer_extra_config"] = {"transactional.id": self.case["transactionalId"]}
        return Application(
            broker_address=self.case.get("brokerAddress"),
            consumer_group=self.case.get("group"),
            consumer_extra_config=self.case.get("kafkaConfig"),
            auto_create_topics=self.case.get("create", True),
            loglevel=None,
            state_dir=tempfile.gettempdir(),
            **options,
        )

    @cached_property
    def _application(self):
        # The time limit of Application for a topic has no effect, so the builder has the limit.
        if "topicTimeoutMs" in self.case:
            return self._create_application(quix_config_builder=self._builder)
        token, portal = self._credentials
        return self._create_application(quix_sdk_token=token, quix_portal_api=portal)

    def settings(self):
        config = self._builder.get_application_config("my-service")
        return kafka_settings(config.librdkafka_connection_config, {})

    def certificate(self):
        content = QuixPortalApiService(*self._credentials).get_workspace_certificate()
        return content and content.decode().strip()

    def group(self):
        return self._builder.prepend_workspace_id(self.case["group"])

    def environment(self):
        found = self._builder.get_workspace_info(self.case.get("topic"))
        return {"id": self._builder.workspace_id, "name": found["name"], "status": found["status"]}

    def brokerType(self):
        return self._builder.quix_broker_settings["brokerType"]

    def topics(self):
        return [topic["id"] for topic in self._builder.get_topics()]

    def portal(self):
        return self._application and os.environ.get("Quix__Portal__Api")

    def applicationSettings(self):
        config = self._application.config
        own = ("fetch.queue.backoff.ms",)  # not related to the connection
        others = {k: v for k, v in config.consumer_extra_config.items() if k not in own}
        return kafka_settings(config.broker_address, others)

    def applicationGroup(self):
        return self._application.config.consumer_group

    def applicationTransactionalId(self):
        return self._application.config.producer_extra_config["transactional.id"]

    def applicationTopic(self):
        names = {"retentionInMinutes": "retention.ms", "cleanupPolicy": "cleanup.policy"}
        wanted = self.case.get("configuration", {})
        extra = {kafka: wanted[name] for name, kafka in names.items() if name in wanted}
        if "retention.ms" in extra:
            extra["retention.ms"] *= 60_000
        config = TopicConfig(wanted.get("partitions"), wanted.get("replicationFactor"), extra)
        topic = self._application.topic(self.case["topic"], config=wanted and config or None)
        actual = topic.broker_config
        return {
            "id": topic.name,
            "partitions": actual.num_partitions,
            "replicationFactor": actual.replication_factor,
            "retentionInMinutes": actual.extra_config["retention.ms"] // 60_000,
            "retentionInBytes": actual.extra_config["retention.bytes"],
            "cleanupPolicy": actual.extra_config["cleanup.policy"],
        }

    def topicWait(self):
        token, portal = self._credentials
        application = self._create_application(
            quix_sdk_token=token,
            quix_portal_api=portal,
            topic_create_timeout=self.case["topicTimeoutMs"] / 1000,
        )
        started = clock.now
        outcome(lambda: application.topic(self.case["topic"]))
        return f"{clock.now - started} s"


for line in sys.stdin:
    case = json.loads(line)
    environment = dict(case.pop("env", {}))
    # Application has no argument for the environment.
    if "workspaceId" in case:
        environment["Quix__Workspace__Id"] = case["workspaceId"]
    os.environ.update(environment)
    calls = Calls(case)
    print(json.dumps({name: outcome(getattr(calls, name)) for name in case["calls"]}), flush=True)
    for name in environment:
        del os.environ[name]
