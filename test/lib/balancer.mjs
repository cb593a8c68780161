// A balancer as operators put one before a cluster: it knows of its nodes what
// /readyz says, hands connections to those that are ready, and looks into none.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often nodes are asked, in milliseconds; one refusal is enough. */
const interval = 200;

/** Starts a balancer without nodes; add takes their addresses. */
export async function startBalancer() {
  const nodes = new Map(); // address → ready
  const open = new Set();
  let next = 0;
  let over = false;

  /** Hands a connection to a node, and to another one where that has gone since it was asked. */
  const hand = (down) => {
    const ready = [...nodes].filter(([, is]) => is).map(([address]) => address);
    if (ready.length === 0) return down.destroy();
    const address = ready[next++ % ready.length];
    const [host, port] = address.split(':');
    const up = connect(Number(port), host);
    const gone = () => {
      nodes.set(address, false);
      hand(down);
    };
    up.once('error', gone);
    up.once('connect', () => {
      up.off('error', gone);
      up.on('error', () => {}); // close follows
      if (down.destroyed) return up.destroy();
      for (const [from, to] of [[down, up], [up, down]]) {
        open.add(from);
        from.on('close', () => {
          open.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
  };
  const server = createServer({ allowHalfOpen: false }, (down) => {
    down.on('error', () => {}); // close follows
    hand(down);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const ask = async (address) => {
    while (!over) {
      const ready = await fetch(`http://${address}/readyz`, { headers: { connection: 'close' } }).then((a) => a.ok, () => false);
      nodes.set(address, ready);
      await sleep(interval);
    }
  };
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    add: (address) => void ask(address),
    ready: () => [...nodes.values()].filter((is) => is).length,
    close() {
      over = true;
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
