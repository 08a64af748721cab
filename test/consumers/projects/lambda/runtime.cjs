// Stands in for Lambda's runtime: calls a handler of the bundle for each event.
const handlers = require('./index.js');

process.on('message', ({ handler, event }) => {
  handlers[handler](event).then(
    (result) => process.send(result),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
