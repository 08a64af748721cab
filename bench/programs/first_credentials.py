"""Requests credentials with the official Python client, then prints the workspace id."""

import os

from quixstreams.platforms.quix.config import QuixKafkaConfigsBuilder

builder = QuixKafkaConfigsBuilder.from_credentials(
    quix_sdk_token=os.environ["Quix__Sdk__Token"],
    quix_portal_api=os.environ["Quix__Portal__Api"],
    workspace_id=os.environ["Quix__Workspace__Id"],
)
builder.librdkafka_connection_config
print(builder.workspace_id, flush=True)
