// Socket.IO as far as a page listens: protocol 5 (Engine.IO 4) over a WebSocket, events of the one namespace.
// Why it is ours: docs/decisions/018-socket-io.md.

const OPEN = "0";
const CLOSE = "1";
const PING = "2";
const PONG = "3";
const CONNECT = "40";
const DISCONNECT = "41";
const EVENT = "42";
const REFUSED = "44";
const SOONEST = 1000;
const LATEST = 30_000;

// Calls handlers[event](...arguments) for what the server says, and state(connected) when that changes.
// Comes back by itself, later and later, and at once when the page is looked at again.
export function listen(handlers, state) {
  let socket;
  let silence;
  let due;
  let patience = SOONEST;
  let wait = 0;

  function open() {
    clearTimeout(due);
    const address = new URL("/socket.io/?EIO=4&transport=websocket", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.onmessage = ({ data }) => hear(data);
    socket.onclose = away;
  }

  function hear(text) {
    if (text.startsWith(OPEN)) {
      const { pingInterval, pingTimeout } = JSON.parse(text.slice(1));
      wait = pingInterval + pingTimeout;
      socket.send(CONNECT);
    } else if (text === PING) socket.send(PONG);
    else if (text.startsWith(EVENT)) {
      const [event, ...told] = JSON.parse(text.slice(EVENT.length));
      handlers[event]?.(...told);
    } else if (text.startsWith(CONNECT)) {
      patience = SOONEST;
      state(true);
    } else if (text === CLOSE || text.startsWith(DISCONNECT) || text.startsWith(REFUSED)) socket.close();
    // A connection that broke without a word is one on which no ping comes any more.
    clearTimeout(silence);
    silence = setTimeout(() => socket.close(), wait);
  }

  function away() {
    clearTimeout(silence);
    state(false);
    due = setTimeout(open, patience * (0.5 + Math.random() / 2));
    patience = Math.min(LATEST, 2 * patience);
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && socket.readyState === WebSocket.CLOSED) open();
  });
  open();
}
