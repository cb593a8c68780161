// Section D: attachments, by hand, through the AWS SDK and through ChatJS on a page of another origin.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateParticipantCommand } from '@aws-sdk/client-connect';
import {
  CompleteAttachmentUploadCommand,
  GetAttachmentCommand,
  StartAttachmentUploadCommand,
} from '@aws-sdk/client-connectparticipant';
import { startBrowser } from '../../lib/browser.mjs';
import { agent, clientToken, conversation, customer, start } from '../../lib/chat.mjs';
import { connect, connectParticipant } from '../../lib/sdk.mjs';
import { startServer } from '../../lib/server.mjs';
import { undo } from '../../lib/undo.mjs';
import { answer, connection, eventually, isoTime, ok, participant, post, refused, transcript, uuid } from '../../lib/wire.mjs';

const server = await startServer();
const browser = await startBrowser(server);

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d]); // the first five bytes of any
const megabyte = 1 << 20;

// What the iOS SDK forwards of HeadersToInclude; it leaves out all others.
const iosHeaders = [
  'Content-Encoding', 'Content-Type', 'x-aws-waf-token', 'X-Amz-Bearer', 'x-amz-meta-initial_contact_id', 'x-amz-meta-contact_id',
  'x-amz-meta-organization_id', 'x-amz-acl', 'Content-Length', 'Content-Disposition', 'x-amz-meta-account_id', 'x-amz-expected-bucket-owner',
  'x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id', 'x-amz-server-side-encryption-context',
];

const tryBegin = (who, more = {}) =>
  participant(who.server ?? server, 'start-attachment-upload', who.token, {
    AttachmentName: 'a.png', ContentType: 'image/png', AttachmentSizeInBytes: png.length, ClientToken: clientToken(), ...more,
  });
const begin = (who, more) => ok(tryBegin(who, more));

const put = async ({ UploadMetadata: m }, body = png, headers = {}) =>
  answer(await fetch(m.Url, { method: 'PUT', body, headers: { ...m.HeadersToInclude, ...headers } }));

const complete = (who, id, token = clientToken()) =>
  participant(who.server ?? server, 'complete-attachment-upload', who.token, { AttachmentIds: [id], ClientToken: token });

async function upload(who, more, body) {
  const u = await begin(who, more);
  assert.equal((await put(u, body)).status, 200);
  await ok(complete(who, u.AttachmentId));
  return u.AttachmentId;
}

const get = (who, id, more = {}) => participant(who.server ?? server, 'attachment', who.token, { AttachmentId: id, ...more });
const shown = (items, id) => items.filter((i) => i.Attachments?.some((a) => a.AttachmentId === id));

test('D1 D3 D10 a file goes through and is shown to both sides under the id of its announcement', async (t) => {
  const { ada, ana } = await conversation(t, server);
  const u = await begin(ada);
  assert.match(u.AttachmentId, uuid);
  assert.match(u.UploadMetadata.UrlExpiry, isoTime);
  const names = Object.keys(u.UploadMetadata.HeadersToInclude);
  assert.deepEqual(names.filter((n) => !iosHeaders.includes(n)), []);
  assert.equal((await put(u)).status, 200);
  assert.deepEqual(await ok(complete(ada, u.AttachmentId)), {});
  for (const socket of [ada.socket, ana.socket]) {
    const item = await socket.item((i) => i.Type === 'ATTACHMENT');
    assert.deepEqual(item.Attachments, [{ AttachmentId: u.AttachmentId, AttachmentName: 'a.png', ContentType: 'image/png', Status: 'APPROVED' }]);
    assert.equal(item.ParticipantId, ada.participantId);
    assert.equal(item.ParticipantRole, 'CUSTOMER');
    assert.equal(item.DisplayName, 'Ada');
    assert.ok(!('Content' in item) && !('ContentType' in item), JSON.stringify(item));
  }
  const { Transcript } = await transcript(server, ada.token);
  assert.equal(shown(Transcript, u.AttachmentId).length, 1);

  const before = Date.now();
  const got = await ok(get(ada, u.AttachmentId, { UrlExpiryInSeconds: 60 }));
  assert.equal(got.AttachmentSizeInBytes, png.length);
  const expiry = Date.parse(got.UrlExpiry) - 60_000;
  assert.ok(expiry > before - 1000 && expiry < Date.now() + 1000, got.UrlExpiry);
  const file = await fetch(got.Url, { headers: { Origin: 'https://shop.example' } });
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), png);
  assert.equal(file.headers.get('content-type'), 'image/png');
  assert.equal(file.headers.get('content-disposition'), 'attachment; filename="a.png"');
  assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
  assert.ok(['*', 'https://shop.example'].includes(file.headers.get('access-control-allow-origin')));
  for (const UrlExpiryInSeconds of [4, 301]) refused(await get(ada, u.AttachmentId, { UrlExpiryInSeconds }), 400, 'ValidationException');
});

test('D2 ChatJS sends a file from a page of another origin, and the other side downloads it', async (t) => {
  const ana = await agent(t, server);
  const chat = await start(server);
  const page = await browser.page(t);
  await page.connect('ada', chat);
  await page.reported('ada', (e) => e.event === 'onConnectionEstablished' && e.hasData);
  const mine = await ana.accept(chat.ContactId);
  const bytes = Array.from({ length: 70_000 }, (_, i) => (i < png.length ? png[i] : i % 251));

  const sent = await page.page.evaluate(([b]) => sendFile('ada', b, 'Größe von heute.png', 'image/png'), [bytes]);
  assert.equal(sent.rejected, undefined, JSON.stringify(sent));
  const { data } = await page.reported('ada', (e) => e.event === 'onMessage' && e.data?.Type === 'ATTACHMENT');
  const [file] = data.Attachments;
  assert.deepEqual({ ...file, AttachmentId: '' }, { AttachmentId: '', AttachmentName: 'Größe von heute.png', ContentType: 'image/png', Status: 'APPROVED' });

  const back = await page.page.evaluate(([id]) => receiveFile('ada', id), [file.AttachmentId]);
  assert.equal(back.value?.type, 'image/png', JSON.stringify(back).slice(0, 200));
  assert.deepEqual(back.value.bytes, bytes);
  const agents = await ok(get(mine, file.AttachmentId));
  assert.deepEqual([...new Uint8Array(await (await fetch(agents.Url)).arrayBuffer())], bytes);
  assert.deepEqual(page.complaints, []);
  await page.call('ada', 'disconnectParticipant');
});

test('D2 the preflight of an upload allows the headers that it must have', async (t) => {
  const ada = await customer(t, server);
  const { UploadMetadata: m } = await begin(ada);
  const names = Object.keys(m.HeadersToInclude).map((n) => n.toLowerCase()).sort().join(',');
  const r = await fetch(m.Url, {
    method: 'OPTIONS',
    headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': names },
  });
  assert.ok(r.ok);
  const allowed = r.headers.get('access-control-allow-headers').toLowerCase().split(/ *, */);
  assert.deepEqual(names.split(',').filter((n) => !allowed.includes(n)), []);
});

test('D4 what was not uploaded cannot be completed', async (t) => {
  const ada = await customer(t, server);
  const u = await begin(ada);
  refused(await complete(ada, u.AttachmentId), 409, 'ConflictException');
  const wrong = await put(u, png, { 'Content-Type': 'image/gif' });
  assert.equal(wrong.status, 400);
  assert.match(wrong.body.message, /Content-Type.*image\/png.*image\/gif/);
  refused(await complete(ada, u.AttachmentId), 409, 'ConflictException');
  assert.deepEqual(shown((await transcript(server, ada.token)).Transcript, u.AttachmentId), []);
});

test('D4 ChatJS, which does not look at what the upload was answered, is told at the end', async (t) => {
  const page = await browser.page(t);
  await page.connect('ada', await start(server));
  await page.reported('ada', (e) => e.event === 'onConnectionEstablished' && e.hasData);
  const program = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0];
  const { rejected } = await page.page.evaluate(([b]) => sendFile('ada', b, 'a.png', 'image/png'), [program]);
  assert.equal((rejected?._debug ?? rejected)?.type, 'ConflictException', JSON.stringify(rejected));
  await page.call('ada', 'disconnectParticipant');
});

test('D5 fewer bytes than were announced do not arrive', async (t) => {
  const ada = await customer(t, server);
  const u = await begin(ada, { AttachmentSizeInBytes: 6 });
  assert.equal((await put(u)).status, 400);
  refused(await complete(ada, u.AttachmentId), 409, 'ConflictException');
});

test('D6 20 MB may be sent, and not a byte more', async (t) => {
  const ada = await customer(t, server);
  refused(await tryBegin(ada, { AttachmentSizeInBytes: 20 * megabyte + 1 }), 402, 'ServiceQuotaExceededException');
  const most = Buffer.alloc(20 * megabyte, 7);
  const id = await upload(ada, { AttachmentSizeInBytes: most.length, AttachmentName: 'a.mp4', ContentType: 'video/mp4' }, most);
  const { Url } = await ok(get(ada, id));
  assert.ok(most.equals(Buffer.from(await (await fetch(Url)).arrayBuffer())));
});

test('D7 a program is refused', async (t) => {
  const ada = await customer(t, server);
  refused(await tryBegin(ada, { AttachmentName: 'a.exe', ContentType: 'application/x-msdownload' }), 400, 'ValidationException');
  refused(await tryBegin(ada, { AttachmentName: 'a.exe' }), 400, 'ValidationException');
  refused(await tryBegin(ada, { ContentType: 'text/html' }), 400, 'ValidationException');
});

test('D8 the 36th attachment of a chat is refused', async (t) => {
  const ada = await customer(t, server);
  for (let n = 0; n < 35; n++) await upload(ada);
  refused(await tryBegin(ada), 402, 'ServiceQuotaExceededException');
});

test('D9 an upload that comes too late is refused', async (t) => {
  const other = await startServer(t);
  const chat = await start(other);
  const { token } = await connection(other, chat.ParticipantToken);
  const ada = { server: other, token };
  const u = await begin(ada);
  assert.equal((await put(u)).status, 200);
  const late = await begin(ada);
  const ahead = Math.ceil((Date.parse(late.UploadMetadata.UrlExpiry) - Date.now()) / 1000);
  await ok(post(`${other.url}/_bellpull/clock`, { advance: `${ahead}s` }));
  assert.equal((await put(late)).status, 403);
  refused(await complete(ada, u.AttachmentId), 403, 'AccessDeniedException');
});

test('D11 an attachment of another chat is nobody else’s', async (t) => {
  const ada = await customer(t, server);
  const bob = await customer(t, server);
  const id = await upload(ada);
  refused(await get(bob, id), 403, 'AccessDeniedException');
  refused(await complete(bob, id), 403, 'AccessDeniedException');
});

test('D12 a bot gets no attachment', async (t) => {
  const ada = await customer(t, server);
  const id = await upload(ada);
  const { ParticipantCredentials } = await connect(server).send(
    new CreateParticipantCommand({
      InstanceId: server.instanceId, ContactId: ada.contactId, ParticipantDetails: { ParticipantRole: 'CUSTOM_BOT', DisplayName: 'Bot' },
    }),
  );
  const bot = await connection(server, ParticipantCredentials.ParticipantToken, ['CONNECTION_CREDENTIALS'], { ConnectParticipant: true });
  refused(await get(bot, id), 403, 'AccessDeniedException');
});

test('D13 completing again is the same, and adds nothing', async (t) => {
  const ada = await customer(t, server);
  const u = await begin(ada);
  await put(u);
  const token = clientToken();
  await ok(complete(ada, u.AttachmentId, token));
  await ok(complete(ada, u.AttachmentId, token));
  refused(await complete(ada, u.AttachmentId), 409, 'ConflictException');
  assert.equal(shown((await transcript(server, ada.token)).Transcript, u.AttachmentId).length, 1);
});

test('D14 two ids are refused', async (t) => {
  const ada = await customer(t, server);
  const one = await begin(ada);
  const two = await begin(ada);
  refused(
    await participant(server, 'complete-attachment-upload', ada.token, { AttachmentIds: [one.AttachmentId, two.AttachmentId], ClientToken: 'x' }),
    400, 'ValidationException',
  );
});

test('D1 D10 the SDK for JavaScript sends and gets a file', async (t) => {
  const ada = await customer(t, server);
  const client = connectParticipant(server);
  const ConnectionToken = ada.token;
  const u = await client.send(
    new StartAttachmentUploadCommand({ ConnectionToken, AttachmentName: 'a.txt', ContentType: 'text/plain', AttachmentSizeInBytes: 5 }),
  );
  assert.equal((await put(u, 'hello')).status, 200);
  await client.send(new CompleteAttachmentUploadCommand({ ConnectionToken, AttachmentIds: [u.AttachmentId] }));
  const got = await client.send(new GetAttachmentCommand({ ConnectionToken, AttachmentId: u.AttachmentId, UrlExpiryInSeconds: 60 }));
  assert.equal(await (await fetch(got.Url)).text(), 'hello');
});

// What was acknowledged is there after the process has died, before a single further byte is written.
test('D1 a file outlives a server that is killed', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'killed-'));
  const binary = process.env.BELLPULL ?? fileURLToPath(new URL('../../../bin/bellpull', import.meta.url));
  const children = [];
  const run = async (n) => {
    const ready = join(dir, `ready-${n}.json`);
    children.push(spawn(binary, ['dev', '--listen', '127.0.0.1:0', '--data', join(dir, 'data'), '--ready', ready], { stdio: 'ignore' }));
    await eventually(async () => assert.ok(existsSync(ready)));
    return JSON.parse(await readFile(ready, 'utf8'));
  };
  undo(t, async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });
  const first = await run(1);
  const chat = await start(first);
  const { token } = await connection(first, chat.ParticipantToken);
  const id = await upload({ server: first, token });
  const ended = once(children[0], 'exit');
  children[0].kill('SIGKILL');
  await ended; // it has let go of its data
  const second = await run(2);
  const { Url } = await ok(get({ server: second, token }, id));
  assert.deepEqual(Buffer.from(await (await fetch(Url)).arrayBuffer()), png);
  assert.equal(shown((await transcript(second, token)).Transcript, id).length, 1);
});
