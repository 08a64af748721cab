// Stands in for Lambda's runtime: calls the handler for each event.
const { handler } = require('./index.js');

process.on('message', (event) => {
  const start = performance.now();
  handler(event).then(
    (result) => process.send({ ...result, ms: Math.round(performance.now() - start) }),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
