"""Runs the official quixstreams client. Each input line and each output line is a JSON object."""

import json
import logging
import os
import sys
import tempfile
from functools import cached_property
from time import monotonic, sleep
from types import SimpleNamespace

from quixstreams import Application
from quixstreams.app import resolve_transactional_id
from quixstreams.models.topics import Topic, TopicConfig
from quixstreams.platforms.quix import api as portal_api
from quixstreams.platforms.quix import config as quix_config
from quixstreams.platforms.quix.config import QuixKafkaConfigsBuilder

logging.disable(logging.CRITICAL)
# The client waits 62 s in total before it reports that the Portal is not reachable, and it polls the
# status of a topic once per second. Here it does not wait, and polls ten times per second.
portal_api.time = SimpleNamespace(sleep=lambda seconds: None)
quix_config.time = SimpleNamespace(monotonic=monotonic, sleep=lambda seconds: sleep(seconds / 10))


def outcome(call):
    try:
        return {"value": call()}
    except Exception as error:
        status = getattr(error, "status_code", None)
        return {"error": type(error).__name__, "status": status, "message": str(error)}


def connection(known, extra_config):
    idle = {k: v for k, v in extra_config.items() if k.endswith((".idle.ms", ".age.ms"))}
    settings = {**known.as_librdkafka_dict(plaintext_secrets=True), **idle}
    return {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in settings.items()}


class Calls:
    """Each method is a call that a situation can name."""

    def __init__(self, given):
        self.given = given

    @cached_property
    def builder(self):
        return QuixKafkaConfigsBuilder.from_credentials(
            quix_sdk_token=self.given.get("token"),
            quix_portal_api=self.given.get("portalApi"),
            workspace_id=self.given.get("workspaceId"),
            topic_create_timeout=self.given.get("topicTimeoutMs", 1_000) / 1000,
        )

    def application(self, **options):
        # Application has no option for the time limit of a topic that reaches the Portal client.
        if "topicTimeoutMs" in self.given:
            options["quix_config_builder"] = self.builder
        else:
            options["quix_sdk_token"] = self.given.get("token")
            options["quix_portal_api"] = self.given.get("portalApi")
        return Application(
            broker_address=self.given.get("brokerAddress"),
            consumer_group=self.given.get("group"),
            auto_create_topics=self.given.get("create", True),
            loglevel=None,
            state_dir=tempfile.gettempdir(),
            **options,
        )

    def settings(self):
        builder = self.builder
        return connection(builder.librdkafka_connection_config, builder.librdkafka_extra_config)

    def group(self):
        return self.builder.prepend_workspace_id(self.given["group"])

    def transactionalId(self):
        return resolve_transactional_id(self.given["transactionalId"], self.builder.workspace_id)

    def topicId(self):
        builder = self.builder
        wanted = TopicConfig(num_partitions=self.given["partitions"], replication_factor=1)
        topic = Topic(name=self.given["topic"], create_config=wanted)
        found = builder.convert_topic_response(builder.get_or_create_topic(topic))
        if found.name not in [t["id"] for t in builder.get_topics() if t["status"] == "Ready"]:
            builder.wait_for_topic_ready_statuses([found])
        return found.name

    def workspace(self):
        found = self.builder.get_workspace_info(self.given.get("topic"))
        names = {"id": "workspaceId", "name": "name", "status": "status"}
        return {name: found[key] for name, key in names.items()}

    def brokerType(self):
        return self.builder.quix_broker_settings["brokerType"]

    def certificate(self):
        content = self.builder._api.get_workspace_certificate()
        return content and content.decode().strip()

    def topics(self):
        return [topic["id"] for topic in self.builder.get_topics()]

    def apiTopics(self):
        return [topic["id"] for topic in self.builder._api.get_topics()]

    def createdTopic(self):
        names = {"retentionInMinutes": "retention.ms", "cleanupPolicy": "cleanup.policy"}
        wanted = self.given.get("configuration", {})
        extra = {kafka: wanted[name] for name, kafka in names.items() if name in wanted}
        if "retention.ms" in extra:
            extra["retention.ms"] *= 60_000
        create_config = TopicConfig(wanted.get("partitions"), wanted.get("replicationFactor"), extra)
        topic = Topic(self.given["topic"], create_config=create_config)
        created = self.builder.get_or_create_topic(topic)
        return {"id": created["id"], **created["configuration"]}

    def portal(self):
        self.application()
        return "a Portal"

    def applicationSettings(self):
        application = self.application().config
        return connection(application.broker_address, application.consumer_extra_config)

    def applicationIdleTime(self):
        own = {"connections.max.idle.ms": 60_000}
        application = self.application(consumer_extra_config=own).config
        return str(application.consumer_extra_config["connections.max.idle.ms"])

    def applicationGroup(self):
        return self.application().config.consumer_group

    def applicationTransactionalId(self):
        own = {"transactional.id": self.given["transactionalId"]}
        options = {"processing_guarantee": "exactly-once", "producer_extra_config": own}
        return self.application(**options).config.producer_extra_config["transactional.id"]

    def applicationTopic(self):
        return self.application().topic(self.given["topic"]).name

    def changelogTopic(self):
        manager = self.application()._topic_manager
        topic = manager.topic(self.given["topic"])
        return manager.changelog_topic(topic.name, "default", topic.broker_config).name


results = open(3, "w", encoding="utf-8")
for line in sys.stdin:
    given = json.loads(line)
    environment = dict(given.pop("env", {}))
    calls = given.pop("calls")
    # Application has no argument for the workspace.
    if calls[0].startswith(("application", "changelog")) and "workspaceId" in given:
        environment["Quix__Workspace__Id"] = given["workspaceId"]
    os.environ.update(environment)
    client = Calls(given)
    result = {name: outcome(getattr(client, name)) for name in calls}
    for name in environment:
        del os.environ[name]
    print(json.dumps(result), file=results, flush=True)
