// Runs in the browser, beside ChatJS as npm has it. It opens sessions, writes
// down everything they report, and calls them for the tests.
'use strict';

const sessions = {};
const log = {};

const listeners = [
  'onConnectionEstablished',
  'onConnectionLost',
  'onConnectionBroken',
  'onMessage',
  'onTyping',
  'onReadReceipt',
  'onDeliveredReceipt',
  'onEnded',
];

/** Opens a session under a name and answers what connect() came to. */
async function openSession(name, { endpoint, region, type, chatDetails, disableCSM = true, transcript = false, websocketManager, getConnectionToken }) {
  connect.ChatSession.setGlobalConfig({ region, endpoint, features: { messageReceipts: { throttleTime: 200 } } });
  const session = connect.ChatSession.create({
    chatDetails: getConnectionToken === undefined ? chatDetails : { ...chatDetails, getConnectionToken },
    type,
    options: { region },
    disableCSM,
    ...(websocketManager === undefined ? {} : { websocketManager }),
  });
  sessions[name] = session;
  log[name] = [];
  const write = (event) => (e) => log[name].push({ event, hasData: e?.data !== undefined, data: e?.data ?? null });
  for (const event of listeners) session[event](write(event));
  if (transcript) session.onTranscriptUpdated(write('onTranscriptUpdated'));
  return settle(() => session.connect());
}

/** Calls a method of a session and answers what it resolved or rejected with. */
const callSession = (name, method, argument) => settle(() => sessions[name][method](argument));

async function settle(act) {
  try {
    return { value: plain(await act()) };
  } catch (e) {
    return { rejected: typeof e === 'string' ? { message: e } : plain({ ...e, message: e?.message }) };
  }
}

const plain = (value) => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

/**
 * Opens an agent's session on a socket manager like the one of Streams: one
 * socket for all chats, opened elsewhere, told to ChatJS by callbacks. token
 * is what the agent API answered for the chat.
 */
function openAgentSession(name, options, socketUrl, token) {
  return openSession(name, {
    ...options,
    websocketManager: socketManager(socketUrl),
    getConnectionToken: () => Promise.resolve({ chatTokenTransport: token }),
  });
}

function socketManager(url) {
  const callbacks = { gain: [], lost: [], failure: [], message: [] };
  const on = (list) => (callback) => {
    list.push(callback);
    return () => list.splice(list.indexOf(callback), 1);
  };
  const topics = new Set();
  const socket = new WebSocket(url);
  const subscribe = () => socket.send(JSON.stringify({ topic: 'aws/subscribe', content: { topics: [...topics] } }));
  socket.onopen = () => {
    subscribe();
    callbacks.gain.forEach((f) => f({}));
  };
  socket.onclose = () => callbacks.lost.forEach((f) => f({}));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    callbacks.message.filter((m) => m.topic === frame.topic).forEach((m) => m.callback(frame));
  };
  return {
    subscribeTopics(more) {
      more.forEach((topic) => topics.add(topic));
      if (socket.readyState === WebSocket.OPEN) subscribe();
    },
    onMessage(topic, callback) {
      return on(callbacks.message)({ topic, callback });
    },
    onConnectionGain: on(callbacks.gain),
    onConnectionLost: on(callbacks.lost),
    onInitFailure: on(callbacks.failure),
  };
}

/** Sends a file of the given bytes, and answers what ChatJS made of it. */
const sendFile = (name, file, fileName, type) =>
  settle(() => sessions[name].sendAttachment({ attachment: new File([new Uint8Array(file)], fileName, { type }) }));

/** Downloads an attachment and answers its bytes and type. */
const receiveFile = (name, attachmentId) =>
  settle(async () => {
    const blob = await sessions[name].downloadAttachment({ attachmentId });
    return { type: blob.type, bytes: [...new Uint8Array(await blob.arrayBuffer())] };
  });
