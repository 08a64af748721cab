"""Runs the official quixstreams client. Each input line and each output line is a JSON object."""

import json
import logging
import sys

from quixstreams.app import resolve_transactional_id
from quixstreams.models.topics import Topic, TopicConfig
from quixstreams.platforms.quix.config import QuixKafkaConfigsBuilder

logging.disable(logging.CRITICAL)


def outcome(call):
    try:
        return {"value": call()}
    except Exception as error:
        return {"error": type(error).__name__, "status": getattr(error, "status_code", None)}


def settings(builder):
    known = builder.librdkafka_connection_config.as_librdkafka_dict(plaintext_secrets=True)
    known.update(builder.librdkafka_extra_config)
    return {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in known.items()}


def topic_id(builder, name, partitions):
    config = TopicConfig(num_partitions=partitions, replication_factor=1)
    topic = Topic(name=name, create_config=config)
    found = builder.convert_topic_response(builder.get_or_create_topic(topic))
    if found.name not in [t["id"] for t in builder.get_topics() if t["status"] == "Ready"]:
        builder.wait_for_topic_ready_statuses([found], finalize_timeout=3)
    return found.name


results = open(3, "w", encoding="utf-8")
for line in sys.stdin:
    situation = json.loads(line)
    builder = QuixKafkaConfigsBuilder.from_credentials(
        quix_sdk_token=situation["token"],
        quix_portal_api=situation["portalApi"],
        workspace_id=situation.get("workspaceId"),
    )
    group = situation["group"]
    transactional_id = situation["transactionalId"]
    result = {
        "settings": outcome(lambda: settings(builder)),
        "group": outcome(lambda: builder.prepend_workspace_id(group)),
        "transactionalId": outcome(
            lambda: resolve_transactional_id(transactional_id, builder.workspace_id)
        ),
        "topicId": outcome(
            lambda: topic_id(builder, situation["topic"], situation["partitions"])
        ),
    }
    print(json.dumps(result), file=results, flush=True)
