// The socket's client: connects, resumes, keeps what is not sent yet and sends it once.

const ACK_TIMEOUT = 15_000;
const RENEW_AFTER = 25 * 60_000;
const PING_EVERY = 20_000;
const SILENCE = 55_000;
const LONGEST_WAIT = 30_000;
const FIRST_WAIT = 500;

/** Remembers token and unsent messages over a reload; falls back to memory where storage is closed. */
export class Store {
  constructor(storage, key) {
    this.storage = storage;
    this.key = key;
    this.state = { token: null, outbox: [] };
    try {
      this.state = { ...this.state, ...JSON.parse(storage.getItem(key) || "{}") };
    } catch {
      // Blocked or damaged storage: begin anew, in memory.
    }
  }

  save() {
    try {
      this.storage.setItem(this.key, JSON.stringify(this.state));
    } catch {
      // Full or blocked: the page goes on without remembering.
    }
  }

  clear() {
    this.state = { token: null, outbox: [] };
    this.save();
  }
}

/**
 * One conversation over one socket at a time.
 * `on` has a function per thing that happens: welcome, frame, ack, held, failed, state, expired, identity.
 */
export class Connection {
  constructor({ gateway, store, identity, on }) {
    this.url = gateway.replace(/^http/, "ws") + "/chat/ws";
    this.store = store;
    this.identity = identity;
    this.on = on;
    this.seen = 0;
    this.attempt = 0;
    this.socket = null;
    this.ready = false;
    this.inFlight = null;
    this.holdUntil = 0;
    this.waitAtLeast = 0;
    this.stopped = true;
    this.timers = {};
    this.wake = this.wake.bind(this);
  }

  start() {
    if (!this.stopped) return;
    this.stopped = false;
    addEventListener("online", this.wake);
    addEventListener("offline", this.wake);
    this.timers.ping = setInterval(() => this.ping(), PING_EVERY);
    this.connect();
  }

  stop() {
    this.stopped = true;
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.wake);
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.drop();
  }

  /** Put a message into the outbox; it leaves when the socket is ready. */
  send(message) {
    this.store.state.outbox.push(message);
    this.store.save();
    this.pump();
  }

  /** Say hello again before the proof of identity runs out: it holds for half an hour. */
  renew() {
    this.drop();
    this.connect();
  }

  /** Send a frame that may be lost: typing, read. */
  hint(frame) {
    if (this.ready) this.socket.send(JSON.stringify(frame));
  }

  async connect() {
    clearTimeout(this.timers.connect);
    if (this.stopped || this.socket) return;
    if (!navigator.onLine) {
      this.on.state("offline");
      return;
    }
    this.on.state("connecting");
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => this.hello(socket);
    socket.onmessage = (event) => this.socket === socket && this.hear(JSON.parse(event.data));
    socket.onclose = (event) => this.socket === socket && this.closed(event.code);
  }

  async hello(socket) {
    const { token } = this.store.state;
    let identity = null;
    // A token that was given once may be used up by now; a function brings a fresh one.
    if (this.identity && (!token || typeof this.identity === "function")) {
      try {
        identity = typeof this.identity === "function" ? await this.identity() : this.identity;
      } catch {
        this.on.identity();
      }
    }
    if (this.socket !== socket || socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ type: "hello", token, identity, after: this.seen, history: true }));
  }

  hear(frame) {
    this.heard = Date.now();
    if (frame.seq && frame.type !== "ack" && frame.type !== "welcome") this.seen = Math.max(this.seen, frame.seq);
    if (frame.type === "welcome") this.welcomed(frame);
    else if (frame.type === "ack") this.acked(frame.id, frame.seq);
    else if (frame.type === "error") this.refused(frame);
    else {
      if (frame.type === "message" && frame.id) this.acked(frame.id, frame.seq);
      if (frame.type !== "pong") this.on.frame(frame);
    }
  }

  welcomed(frame) {
    clearTimeout(this.timers.renew);
    if (typeof this.identity === "function") this.timers.renew = setTimeout(() => this.renew(), RENEW_AFTER);
    const { state } = this.store;
    const fresh = state.token !== frame.token;
    if (fresh) this.seen = 0;
    state.token = frame.token;
    this.store.save();
    this.attempt = 0;
    this.waitAtLeast = 0;
    this.ready = true;
    this.inFlight = null;
    this.on.welcome(frame, fresh);
    this.on.state("online");
    this.pump();
  }

  pump() {
    const { outbox } = this.store.state;
    if (!this.ready || this.inFlight || !outbox.length || Date.now() < this.holdUntil) return;
    const [message] = outbox;
    this.inFlight = message.id;
    const { id, text, attachments } = message;
    const files = attachments?.length ? { attachments: attachments.map((file) => ({ id: file.id })) } : {};
    this.socket.send(JSON.stringify({ type: "message", id, text, ...files }));
    this.timers.ack = setTimeout(() => this.lost(), ACK_TIMEOUT);
  }

  acked(id, seq) {
    this.take(id);
    this.on.ack(id, seq);
    this.pump();
  }

  take(id) {
    const { state } = this.store;
    state.outbox = state.outbox.filter((message) => message.id !== id);
    this.store.save();
    if (this.inFlight !== id) return;
    this.inFlight = null;
    clearTimeout(this.timers.ack);
  }

  refused(frame) {
    const wait = frame.retry_after;
    if (frame.code === "identity_rejected") {
      this.identity = null;
      this.on.identity();
    } else if (!frame.id) {
      this.waitAtLeast = (wait || 0) * 1000;
    } else if (wait === undefined) {
      this.take(frame.id);
      this.on.failed(frame.id, frame.code);
      this.pump();
    } else {
      this.hold(frame.id, frame.code, wait * 1000);
    }
  }

  /** Keep the whole outbox back, so that the order stays, then send the same message again. */
  hold(id, code, wait) {
    if (this.inFlight === id) this.inFlight = null;
    clearTimeout(this.timers.ack);
    clearTimeout(this.timers.hold);
    this.holdUntil = Date.now() + wait;
    this.timers.hold = setTimeout(() => this.pump(), wait + 50);
    this.on.held(id, code, this.holdUntil);
  }

  ping() {
    if (!this.ready) return;
    if (Date.now() - this.heard > SILENCE) this.lost();
    else this.hint({ type: "ping" });
  }

  /** Give up on a socket that does not answer; its close event may take minutes to come. */
  lost() {
    this.drop();
    this.again();
  }

  drop() {
    const { socket } = this;
    this.socket = null;
    this.ready = false;
    this.inFlight = null;
    clearTimeout(this.timers.ack);
    socket?.close();
  }

  closed(code) {
    this.drop();
    if (code === 4403) {
      this.on.state("refused");
      return;
    }
    if (code === 4401 && this.store.state.token) {
      this.store.state.token = null;
      this.store.save();
      this.seen = 0;
      this.on.expired();
    }
    if (code === 4429) this.waitAtLeast = Math.max(this.waitAtLeast, 5_000);
    this.again();
  }

  /** Exponential backoff with full jitter, so that a restart does not bring everybody back at once. */
  again() {
    if (this.stopped) return;
    const ceiling = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.attempt);
    this.attempt += 1;
    const wait = this.waitAtLeast + Math.random() * ceiling;
    this.waitAtLeast = 0;
    this.on.state(navigator.onLine ? "waiting" : "offline", Date.now() + wait);
    clearTimeout(this.timers.connect);
    this.timers.connect = setTimeout(() => this.connect(), wait);
  }

  wake() {
    if (navigator.onLine) {
      this.attempt = 0;
      if (this.socket) this.hint({ type: "ping" });
      else this.connect();
    } else {
      this.drop();
      this.on.state("offline");
    }
  }
}
