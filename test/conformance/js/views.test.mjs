// Views and persistent chats with the AWS SDK for JavaScript v3: kept on the
// control plane, shown by a flow, described by the Participant Service.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateContactFlowCommand,
  CreatePersistentContactAssociationCommand,
  CreateViewCommand,
  CreateViewVersionCommand,
  DeleteViewCommand,
  DescribeContactCommand,
  DescribeViewCommand,
  ListContactReferencesCommand,
  ListViewsCommand,
  ListViewVersionsCommand,
  SearchViewsCommand,
  StartChatContactCommand,
  StopContactCommand,
  TagContactCommand,
  UntagContactCommand,
  UpdateContactCommand,
  UpdateViewContentCommand,
  UpdateViewMetadataCommand,
} from '@aws-sdk/client-connect';
import {
  CreateParticipantConnectionCommand,
  DescribeViewCommand as DescribeShownViewCommand,
  paginateGetTranscript,
  SendMessageCommand,
} from '@aws-sdk/client-connectparticipant';
import { customer } from '../../lib/chat.mjs';
import { connect, connectParticipant } from '../../lib/sdk.mjs';
import { startServer } from '../../lib/server.mjs';
import { both, connection, eventually, ok, participant, post, transcript, type } from '../../lib/wire.mjs';

const server = await startServer();
const client = connect(server);
const participants = connectParticipant(server);
const InstanceId = server.instanceId;
const interactive = 'application/vnd.amazonaws.connect.message.interactive';

const rejects = (promise, status, name) =>
  assert.rejects(promise, (e) => {
    assert.equal(e.name, name, e.message);
    assert.equal(e.$metadata.httpStatusCode, status);
    return true;
  });

const startChat = (more = {}) =>
  client.send(new StartChatContactCommand({ InstanceId, ContactFlowId: server.contactFlowId, ParticipantDetails: { DisplayName: 'Ada' }, ...more }));

/** A connected customer whose chat runs a flow of the given actions. */
async function inFlow(name, actions) {
  const { ContactFlowId } = await client.send(
    new CreateContactFlowCommand({
      InstanceId,
      Name: name,
      Type: 'CONTACT_FLOW',
      Content: JSON.stringify({ Version: '2019-10-30', StartAction: actions[0].Identifier, Actions: actions }),
    }),
  );
  const started = await startChat({ ContactFlowId, SupportedMessagingContentTypes: ['text/plain', interactive, type.interactiveResponse] });
  const c = await participants.send(
    new CreateParticipantConnectionCommand({ ParticipantToken: started.ParticipantToken, Type: both, ConnectParticipant: true }),
  );
  return { ...started, token: c.ConnectionCredentials.ConnectionToken };
}

const say = (id, text, next) => ({
  Identifier: id,
  Type: 'MessageParticipant',
  Parameters: { Text: text },
  Transitions: { NextAction: next, Errors: [{ ErrorType: 'NoMatchingError', NextAction: next }] },
});

const showing = (Id) => [
  {
    Identifier: 'ask',
    Type: 'ShowView',
    Parameters: { ViewResource: { Id }, InvocationTimeLimitSeconds: '600', ViewData: { Heading: 'Hello' } },
    Transitions: {
      NextAction: 'end',
      Conditions: [{ NextAction: 'thank', Condition: { Operator: 'Equals', Operands: ['Submit'] } }],
      Errors: ['NoMatchingCondition', 'NoMatchingError', 'TimeLimitExceeded'].map((ErrorType) => ({ ErrorType, NextAction: 'end' })),
    },
  },
  say('thank', 'Thank you, $.Views.ViewResultData.name.', 'stay'),
  {
    Identifier: 'stay',
    Type: 'Wait',
    Parameters: { TimeLimitSeconds: '600' },
    Transitions: {
      NextAction: 'end',
      Conditions: [{ NextAction: 'end', Condition: { Operator: 'Equals', Operands: ['WaitCompleted'] } }],
      Errors: [{ ErrorType: 'NoMatchingError', NextAction: 'end' }],
    },
  },
  { Identifier: 'end', Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} },
];

test('a view is saved, published, versioned, found and deleted', async () => {
  const Content = { Template: JSON.stringify({ Head: { Title: 'One' }, Body: [{ Props: { Text: '$.Heading' } }] }), Actions: ['Submit'] };
  const { View } = await client.send(new CreateViewCommand({ InstanceId, Name: 'Kept', Status: 'SAVED', Content, Tags: { team: 'sales' } }));
  assert.equal(View.Status, 'SAVED');
  assert.equal(View.Type, 'CUSTOMER_MANAGED');
  assert.equal(JSON.parse(View.Content.InputSchema).type, 'object');
  const one = { InstanceId, ViewId: View.Id };
  await rejects(client.send(new DescribeViewCommand({ InstanceId, ViewId: `${View.Id}:$LATEST` })), 404, 'ResourceNotFoundException');
  await client.send(new UpdateViewContentCommand({ ...one, Status: 'PUBLISHED', Content }));
  await client.send(new UpdateViewMetadataCommand({ ...one, Name: 'Kept well', Description: 'for good' }));
  const made = await client.send(new CreateViewVersionCommand({ ...one, VersionDescription: 'first' }));
  assert.equal(made.View.Version, 1);
  const described = await client.send(new DescribeViewCommand({ InstanceId, ViewId: `${View.Arn}:1` }));
  assert.equal(described.View.Name, 'Kept well');
  assert.equal(described.View.Content.Template, Content.Template);
  const listed = await client.send(new ListViewsCommand({ InstanceId, Type: 'AWS_MANAGED' }));
  assert.deepEqual(listed.ViewsSummaryList.map((v) => v.Name), ['Cards', 'Confirmation', 'Detail', 'Form', 'List', 'Wizard']);
  const found = await client.send(
    new SearchViewsCommand({ InstanceId, SearchCriteria: { StringCondition: { FieldName: 'name', Value: 'Kept', ComparisonType: 'STARTS_WITH' } } }),
  );
  assert.deepEqual(found.Views.map((v) => v.Id), [View.Id]);
  const versions = await client.send(new ListViewVersionsCommand(one));
  assert.deepEqual(versions.ViewVersionSummaryList.map((v) => v.VersionDescription), ['first']);
  await client.send(new DeleteViewCommand(one));
  await rejects(client.send(new DescribeViewCommand(one)), 404, 'ResourceNotFoundException');
});

test('A35 A36 a flow shows a view, the client describes it and answers', async () => {
  const { View } = await client.send(
    new CreateViewCommand({ InstanceId, Name: 'Shown', Status: 'PUBLISHED', Content: { Template: '{"Head":{"Title":"Shown"}}', Actions: ['Submit'] } }),
  );
  const ada = await inFlow('shows a view', showing(View.Arn));
  const shown = (await transcript(server, ada.token)).Transcript.find((i) => i.ContentType === interactive);
  const message = JSON.parse(shown.Content);
  assert.equal(message.templateType, 'ViewResource');
  assert.equal(message.version, '1.0');
  const { viewId, viewToken, viewData } = message.data.content;
  assert.equal(viewId, View.Id);
  assert.deepEqual(viewData, { Heading: 'Hello' });
  assert.ok(viewToken.length <= 1000);

  const described = await participants.send(new DescribeShownViewCommand({ ConnectionToken: ada.token, ViewToken: viewToken }));
  assert.equal(described.View.Id, View.Id);
  assert.equal(described.View.Arn, View.Arn);
  assert.equal(described.View.Content.Template, '{"Head":{"Title":"Shown"}}');
  assert.equal(typeof described.View.Content.InputSchema, 'string');
  assert.deepEqual(described.View.Content.Actions, ['Submit']);
  for (const ViewToken of ['a/b==', ada.token]) {
    await rejects(participants.send(new DescribeShownViewCommand({ ConnectionToken: ada.token, ViewToken })), 404, 'ResourceNotFoundException');
  }

  const Content = JSON.stringify({ templateType: 'ViewResource', version: '1.0', action: 'Submit', data: { name: 'Ada' } });
  await participants.send(new SendMessageCommand({ ConnectionToken: ada.token, ContentType: type.interactiveResponse, Content }));
  await eventually(async () => {
    const said = (await transcript(server, ada.token)).Transcript.map((i) => i.Content);
    assert.ok(said.includes(Content), 'the answer is not in the transcript as it was sent');
    assert.ok(said.includes('Thank you, Ada.'), said.join(' | '));
  });
});

test('H15 H16 B16 a chat goes on from an ended one', async (t) => {
  const past = await customer(t, server);
  for (let n = 1; n <= 20; n++) await past.send(`past ${n}`);
  const persistent = (SourceContactId, RehydrationType = 'ENTIRE_PAST_SESSION') => ({ PersistentChat: { SourceContactId, RehydrationType } });
  await rejects(startChat(persistent(past.contactId)), 400, 'InvalidRequestException');
  await ok(participant(server, 'disconnect', past.token, {}));
  for (const kind of ['ENTIRE_PAST_SESSION', 'FROM_SEGMENT']) {
    assert.equal((await startChat(persistent(past.contactId, kind))).ContinuedFromContactId, past.contactId);
  }

  const ada = await customer(t, server, persistent(past.contactId));
  for (const word of ['one', 'two', 'three']) await ada.send(word);
  await ada.socket.item((i) => i.ContentType === 'application/vnd.amazonaws.connect.event.chat.rehydrated');
  const query = { MaxResults: 100, ScanDirection: 'BACKWARD', SortOrder: 'ASCENDING' };
  const first = await ok(participant(server, 'transcript', ada.token, query));
  assert.ok(first.Transcript.every((i) => i.ContactId === ada.contactId && i.RelatedContactId === undefined));
  assert.ok(first.Transcript.some((i) => i.Content === 'three'));
  assert.equal(typeof first.NextToken, 'string');
  const second = await ok(participant(server, 'transcript', ada.token, { ...query, NextToken: first.NextToken }));
  assert.ok(second.Transcript.every((i) => i.RelatedContactId === past.contactId && i.ContactId === undefined));
  assert.deepEqual(second.Transcript.filter((i) => /^past/.test(i.Content)).map((i) => i.Content), Array.from({ length: 20 }, (_, n) => `past ${n + 1}`));
  assert.equal(second.NextToken ?? null, null);
  assert.equal(second.InitialContactId, ada.contactId);

  // The SDK's own paging finds the same.
  const all = [];
  for await (const page of paginateGetTranscript({ client: participants, pageSize: 7 }, { ConnectionToken: ada.token, ScanDirection: 'BACKWARD', SortOrder: 'DESCENDING' })) {
    all.push(...page.Transcript.map((i) => i.Id));
  }
  assert.deepEqual(all.reverse(), [...second.Transcript, ...first.Transcript].map((i) => i.Id));
});

test('H15 H16 a running chat is associated with a past one, once', async (t) => {
  const past = await startChat();
  await client.send(new StopContactCommand({ InstanceId, ContactId: past.ContactId }));
  const ada = await customer(t, server);
  const associate = (SourceContactId) =>
    client.send(new CreatePersistentContactAssociationCommand({ InstanceId, InitialContactId: ada.contactId, RehydrationType: 'ENTIRE_PAST_SESSION', SourceContactId }));
  await rejects(associate(ada.contactId), 400, 'InvalidRequestException');
  assert.equal((await associate(past.ContactId)).ContinuedFromContactId, past.ContactId);
  await rejects(associate(past.ContactId), 400, 'InvalidRequestException');
  const { Contact } = await client.send(new DescribeContactCommand({ InstanceId, ContactId: ada.contactId }));
  assert.equal(Contact.RelatedContactId, past.ContactId);
});

test('I6 the personal backend passes a persistent chat on', async () => {
  const body = { ParticipantDetails: { DisplayName: 'Ada' } };
  const { startChatResult: past } = (await ok(post(server.startChatUrl, body))).data;
  await client.send(new StopContactCommand({ InstanceId, ContactId: past.ContactId }));
  const PersistentChat = { SourceContactId: past.ContactId, RehydrationType: 'ENTIRE_PAST_SESSION' };
  const { startChatResult } = (await ok(post(server.startChatUrl, { ...body, PersistentChat }))).data;
  assert.equal(startChatResult.ContinuedFromContactId, past.ContactId);
  await connection(server, startChatResult.ParticipantToken);
});

test('H7 a contact is described, referred to and tagged', async () => {
  const { ContactId } = await startChat();
  const c = { InstanceId, ContactId };
  await client.send(
    new UpdateContactCommand({ ...c, Name: 'Order 4711', References: { order: { Type: 'URL', Value: 'https://shop.example/4711' }, n: { Type: 'NUMBER', Value: '3' } } }),
  );
  const listed = await client.send(new ListContactReferencesCommand({ ...c, ReferenceTypes: ['URL', 'ATTACHMENT'] }));
  assert.deepEqual(listed.ReferenceSummaryList, [{ Url: { Name: 'order', Value: 'https://shop.example/4711' } }]);
  await client.send(new TagContactCommand({ ...c, Tags: { team: 'sales', lang: 'en' } }));
  await client.send(new UntagContactCommand({ ...c, TagKeys: ['lang'] }));
  const { Contact } = await client.send(new DescribeContactCommand(c));
  assert.equal(Contact.Name, 'Order 4711');
  assert.deepEqual(Contact.Tags, { team: 'sales' });
});
