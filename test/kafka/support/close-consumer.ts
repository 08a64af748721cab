/**
 * Closes a consumer of @platformatic/kafka together with its streams. `close(true)` returns a
 * promise, but its first declaration says `void`.
 */
export async function closeConsumer(consumer: { close(force?: boolean): unknown }): Promise<void> {
  await (consumer.close(true) as Promise<void>);
}
