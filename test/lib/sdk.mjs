// The AWS SDK for JavaScript v3, pointed at the server and otherwise as npm has it.
import { ConnectClient } from '@aws-sdk/client-connect';
import { ConnectParticipantClient } from '@aws-sdk/client-connectparticipant';

const settings = (server, more) => ({
  endpoint: server.url,
  region: server.region,
  credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  ...more,
});

/** A client of the control plane, with the key of the ready file. */
export const connect = (server, more = {}) => new ConnectClient(settings(server, more));

/** A client of the participant service. */
export const connectParticipant = (server, more = {}) => new ConnectParticipantClient(settings(server, more));
