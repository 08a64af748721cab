// An OpenTelemetry span for each exchange with the Portal. The library publishes to a channel of
// Node's diagnostics_channel, which costs nothing without subscribers. The messages contain no secret.
//
//   npm install quix-streams-auth @opentelemetry/api @opentelemetry/sdk-trace-base
import { subscribe } from 'node:diagnostics_channel';
import { SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { QuixStreamingClient, type QuixExchangeTrace } from 'quix-streams-auth';

// Replace this with your own set-up and exporter.
const provider = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())],
});
trace.setGlobalTracerProvider(provider);

const tracer = trace.getTracer('quix-streams-auth');
const spans = new WeakMap<object, Span>();
// All events of one exchange have the same message object.
subscribe('tracing:quix-streams-auth:exchange:start', (message) => {
  const { portal } = message as QuixExchangeTrace;
  const attributes = { 'server.address': new URL(portal).hostname };
  spans.set(
    message as object,
    tracer.startSpan('quix exchange', { kind: SpanKind.CLIENT, attributes }),
  );
});
subscribe('tracing:quix-streams-auth:exchange:asyncEnd', (message) => {
  const { workspaceId, tokenSource, error } = message as QuixExchangeTrace;
  const span = spans.get(message as object);
  if (workspaceId !== undefined) span?.setAttribute('quix.workspace', workspaceId);
  if (tokenSource !== undefined) span?.setAttribute('quix.token.source', tokenSource);
  if (error) {
    span?.setAttribute('error.type', error.code);
    span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  }
  span?.end();
});

const quix = new QuixStreamingClient();
try {
  await quix.getBrokerCredentials();
} finally {
  await quix.close();
  await provider.shutdown();
}
