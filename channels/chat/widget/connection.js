// The socket's client: connects, resumes, keeps what is not sent yet and sends it once.

const ACK_TIMEOUT = 15_000;
const RENEW_AFTER = 25 * 60_000;
const PING_EVERY = 20_000;
const SILENCE = 55_000;
const LONGEST_WAIT = 30_000;
const FIRST_WAIT = 500;

const EMPTY = { token: null, conversation: null, signedIn: false, leaving: false, outbox: [] };

/**
 * Remembers token and unsent messages over a reload; falls back to memory where storage is closed.
 * `signedIn`: they are those of somebody who had an identity. `leaving`: signed out, the gateway is not told yet.
 */
export class Store {
  constructor(storage, key) {
    this.storage = storage;
    this.key = key;
    this.state = { ...EMPTY, outbox: [], ...this.kept() };
  }

  kept() {
    try {
      return JSON.parse(this.storage.getItem(this.key) || "{}");
    } catch {
      return {}; // Blocked or damaged storage: begin anew, in memory.
    }
  }

  /** Take the token that another tab of the same conversation got meanwhile. */
  refresh() {
    const { token, conversation, signedIn, leaving } = { ...this.state, ...this.kept() };
    Object.assign(this.state, { token, conversation, signedIn, leaving });
  }

  save() {
    try {
      this.storage.setItem(this.key, JSON.stringify(this.state));
    } catch {
      // Full or blocked: the page goes on without remembering.
    }
  }

  /** Keep a message until it is acknowledged. */
  keep(message) {
    this.state.outbox.push(message);
    this.save();
  }

  clear(kept = {}) {
    this.state = { ...EMPTY, outbox: [], ...kept };
    this.save();
  }
}

/**
 * One conversation over one socket at a time.
 * `identity` gives what is set now: a token, a function that fetches one, or null.
 * `on` has a function per thing that happens: welcome, changed, frame, ack, held, failed, state, expired,
 * identity, signedOut.
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
    this.refusedToken = null;
    this.guest = null;
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
    this.store.keep(message);
    this.pump();
  }

  /** Say hello again: before the proof of identity runs out (it holds for half an hour), or with another one. */
  renew() {
    if (this.socket && !this.greeted) return; // the hello to come will say it
    this.drop();
    this.connect();
  }

  /** End the session everywhere; what was not sent yet is forgotten. */
  signOut() {
    const { token } = this.store.state;
    this.store.clear(token ? { token, leaving: true } : {});
    this.inFlight = null;
    clearTimeout(this.timers.ack);
    this.seen = 0;
    this.identified = this.presented = false;
    if (this.ready) this.leave();
  }

  leave() {
    this.ready = false;
    this.socket.send(JSON.stringify({ type: "sign_out" }));
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
    this.greeted = false;
    socket.onopen = () => this.hello(socket);
    socket.onmessage = (event) => this.socket === socket && this.hear(JSON.parse(event.data));
    socket.onclose = (event) => this.socket === socket && this.closed(event.code);
  }

  async hello(socket) {
    this.greeted = true;
    this.store.refresh();
    const { state } = this.store;
    if (this.refusedToken && state.token === this.refusedToken) {
      Object.assign(state, { token: null, conversation: null });
      this.store.save();
      this.seen = 0;
      this.on.expired();
    }
    this.refusedToken = null;
    const identity = state.leaving ? null : await this.proof();
    if (this.socket !== socket || socket.readyState !== WebSocket.OPEN) return;
    if (!identity && state.signedIn && !this.presented) {
      // Somebody was signed in here and is not any more: nothing of theirs is kept, sent or shown.
      this.store.clear({ token: state.token });
    }
    this.presented ||= Boolean(identity);
    this.identified = Boolean(identity);
    this.used = state.token;
    socket.send(JSON.stringify({ type: "hello", token: state.token, identity, after: this.seen, history: true }));
  }

  /** Return who is signed in now; one that was refused is not tried again. */
  async proof() {
    const identity = this.identity();
    if (!identity || identity === this.guest) return null;
    try {
      return typeof identity === "function" ? await identity() : identity;
    } catch {
      this.on.identity();
      return null;
    }
  }

  /** Return the headers by which something of this conversation can be fetched. */
  async credentials() {
    const identity = this.identified ? await this.proof() : null;
    const headers = { Authorization: `Bearer ${this.store.state.token}` };
    return identity ? { ...headers, "X-Identity": identity } : headers;
  }

  hear(frame) {
    this.heard = Date.now();
    if (frame.type === "welcome") {
      this.welcomed(frame);
      return;
    }
    if (this.store.state.leaving) {
      if (frame.type === "error") this.lost(); // the gateway could not sign out now: come back for it
      return; // whatever else comes is of a conversation that is over
    }
    if (frame.seq && frame.type !== "ack") this.seen = Math.max(this.seen, frame.seq);
    if (frame.type === "ack") this.acked(frame.id, frame.seq);
    else if (frame.type === "error") this.refused(frame);
    else if (frame.type === "token") this.keep(frame.token);
    else if (frame.type === "signed_out") this.signedOut();
    else {
      if (frame.type === "message" && frame.id) this.acked(frame.id, frame.seq);
      if (frame.type !== "pong") this.on.frame(frame);
    }
  }

  keep(token) {
    this.used = this.store.state.token = token;
    this.store.save();
  }

  /** Signed out elsewhere: go on as nobody in particular. */
  signedOut() {
    const { outbox } = this.store.state;
    this.store.refresh();
    if (this.store.state.token === this.used) this.store.clear();
    else outbox.length = 0; // the other tab has begun a new one already
    this.identified = this.presented = false;
    this.used = null;
    this.seen = 0;
    this.on.signedOut();
  }

  welcomed(frame) {
    const { state } = this.store;
    if (state.leaving && frame.token === this.used) {
      this.leave();
      return;
    }
    clearTimeout(this.timers.renew);
    if (typeof this.identity() === "function") this.timers.renew = setTimeout(() => this.renew(), RENEW_AFTER);
    const other = state.conversation ? state.conversation !== frame.conversation : state.token !== frame.token;
    if (other) {
      this.seen = 0;
      // What somebody signed in had not sent yet is not sent in the name of the next one.
      if (state.signedIn && state.conversation) state.outbox = [];
      this.on.changed();
    }
    Object.assign(state, {
      token: frame.token,
      conversation: frame.conversation,
      signedIn: this.identified,
      leaving: false,
    });
    this.used = frame.token;
    this.store.save();
    this.attempt = 0;
    this.waitAtLeast = 0;
    this.ready = true;
    this.inFlight = null;
    this.on.welcome(frame);
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
      this.guest = this.identity();
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
    if (code === 4401 && this.used) {
      // Another tab may have got the token that replaced it, and is about to keep it.
      this.refusedToken = this.used;
      this.waitAtLeast = Math.max(this.waitAtLeast, FIRST_WAIT);
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
