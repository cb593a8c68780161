"""The AWS SDK for Python and the AWS CLI, unmodified, against the built binary."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.request

import boto3
import botocore.exceptions
from botocore.config import Config

BINARY = os.environ.get("BELLPULL", str(pathlib.Path(__file__).parents[3] / "bin" / "bellpull"))
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
UNKNOWN = "00000000-0000-4000-8000-000000000000"
BOTH = ["WEBSOCKET", "CONNECTION_CREDENTIALS"]


def setUpModule():
    """Start the server on a free port."""
    global folder, process, server
    folder = tempfile.TemporaryDirectory()
    ready = pathlib.Path(folder.name) / "ready.json"
    process = subprocess.Popen(
        [BINARY, "dev", "--listen", "127.0.0.1:0", "--ready", str(ready)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 10
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the server did not get ready")
        time.sleep(0.01)
    server = json.loads(ready.read_text())


def tearDownModule():
    """Stop the server as an operator would."""
    process.terminate()
    code = process.wait(timeout=5)
    folder.cleanup()
    if code != 0:
        raise RuntimeError(f"after SIGTERM the server ended with {code}")


def client(service="connect", key=None, secret=None, **more):
    return boto3.client(
        service,
        endpoint_url=server["url"],
        region_name=server["region"],
        aws_access_key_id=key or server["accessKeyId"],
        aws_secret_access_key=secret or server["secretAccessKey"],
        config=Config(retries={"total_max_attempts": 1}),
        **more,
    )


def start(**more):
    return client().start_chat_contact(
        **{
            "InstanceId": server["instanceId"],
            "ContactFlowId": server["contactFlowId"],
            "ParticipantDetails": {"DisplayName": "Ada"},
            **more,
        }
    )


class Case(unittest.TestCase):
    def refused(self, status, *names):
        return Refusal(self, status, names)


class Refusal:
    """Expects a block to be refused with a status and one of the names."""

    def __init__(self, case, status, names):
        self.case, self.status, self.names = case, status, names

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        self.case.assertIsInstance(error, botocore.exceptions.ClientError)
        answer = error.response
        self.case.assertIn(answer["Error"]["Code"], self.names)
        self.case.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], self.status)
        self.case.assertTrue(answer["Error"]["Message"])
        self.case.assertRegex(answer["ResponseMetadata"]["RequestId"], UUID)
        return True


class ControlPlane(Case):
    def test_H1_start_chat_contact(self):
        out = start()
        self.assertRegex(out["ContactId"], UUID)
        self.assertRegex(out["ParticipantId"], UUID)
        self.assertTrue(out["ParticipantToken"])

    def test_H2_the_instance_by_its_arn(self):
        out = start(InstanceId=server["instanceArn"])
        described = client().describe_contact(InstanceId=server["instanceArn"], ContactId=out["ContactId"])
        self.assertEqual(described["Contact"]["Id"], out["ContactId"])
        client().get_contact_attributes(InstanceId=server["instanceArn"], InitialContactId=out["ContactId"])

    def test_H3_a_wrong_secret(self):
        with self.refused(403, "InvalidSignatureException"):
            client(secret="wrong").describe_contact(InstanceId=server["instanceId"], ContactId=UNKNOWN)

    def test_H7_repeated_query_keys_are_signed_well(self):
        out = start()
        client().update_contact(
            InstanceId=server["instanceId"], ContactId=out["ContactId"], References={"order": {"Type": "URL", "Value": "https://example.org/4711"}}
        )
        listed = client().list_contact_references(
            InstanceId=server["instanceId"], ContactId=out["ContactId"], ReferenceTypes=["URL", "ATTACHMENT"]
        )
        self.assertEqual(listed["ReferenceSummaryList"], [{"Url": {"Name": "order", "Value": "https://example.org/4711"}}])

    def test_H9_a_name_of_any_script(self):
        self.assertRegex(start(ParticipantDetails={"DisplayName": 'Zoë 山田 🔔 "x" \\ /'})["ContactId"], UUID)

    def test_H10_content_types_without_plain_text(self):
        with self.refused(400, "InvalidRequestException", "InvalidParameterException"):
            start(SupportedMessagingContentTypes=["text/markdown"])

    def test_H18_times_are_times(self):
        out = start()
        contact = client().describe_contact(InstanceId=server["instanceId"], ContactId=out["ContactId"])["Contact"]
        self.assertLess(abs(contact["InitiationTimestamp"].timestamp() - time.time()), 60)
        self.assertEqual((contact["Channel"], contact["InitiationMethod"]), ("CHAT", "API"))

    def test_H21_attributes(self):
        contact = {
            "InstanceId": server["instanceId"],
            "InitialContactId": start(Attributes={"a": "1"})["ContactId"],
        }
        client().update_contact_attributes(**contact, Attributes={"b": "2"})
        self.assertEqual(client().get_contact_attributes(**contact)["Attributes"], {"a": "1", "b": "2"})


class Participant(Case):
    def connect(self, token):
        out = client("connectparticipant").create_participant_connection(ParticipantToken=token, Type=BOTH)
        return out["ConnectionCredentials"]["ConnectionToken"]

    def test_a_chat_by_rest_alone(self):
        service = client("connectparticipant")
        token = self.connect(start()["ParticipantToken"])
        sent = service.send_message(ConnectionToken=token, ContentType="text/plain", Content="hello")
        self.assertRegex(sent["Id"], UUID)
        page = service.get_transcript(ConnectionToken=token, MaxResults=1)
        self.assertEqual(page["Transcript"][0]["Id"], sent["Id"])
        service.disconnect_participant(ConnectionToken=token)
        with self.refused(403, "AccessDeniedException"):
            service.get_transcript(ConnectionToken=token)

    def test_A6_A7_each_token_has_its_place(self):
        participant_token = start()["ParticipantToken"]
        token = self.connect(participant_token)
        service = client("connectparticipant")
        with self.refused(403, "AccessDeniedException"):
            service.create_participant_connection(ParticipantToken=token, Type=BOTH)
        with self.refused(403, "AccessDeniedException"):
            service.send_message(ConnectionToken=participant_token, ContentType="text/plain", Content="x")

    def test_D1_D7_D10_a_file_is_sent(self):
        token = self.connect(start()["ParticipantToken"])
        service = client("connectparticipant")
        file = {"ContentType": "text/csv", "AttachmentSizeInBytes": 5, "AttachmentName": "a.csv"}
        upload = service.start_attachment_upload(ConnectionToken=token, **file)
        to = upload["UploadMetadata"]
        put = urllib.request.Request(to["Url"], data=b"a,b\r\n", headers=to["HeadersToInclude"], method="PUT")
        with urllib.request.urlopen(put) as answer:
            self.assertEqual(answer.status, 200)
        service.complete_attachment_upload(ConnectionToken=token, AttachmentIds=[upload["AttachmentId"]])
        got = service.get_attachment(ConnectionToken=token, AttachmentId=upload["AttachmentId"])
        with urllib.request.urlopen(got["Url"]) as answer:
            self.assertEqual(answer.read(), b"a,b\r\n")
        with self.refused(400, "ValidationException"):
            service.start_attachment_upload(ConnectionToken=token, **{**file, "AttachmentName": "a.exe"})

    def test_A37_an_operation_that_is_not_there(self):
        token = self.connect(start()["ParticipantToken"])
        with self.refused(400, "ValidationException"):
            client("connectparticipant").get_authentication_url(
                ConnectionToken=token, SessionId="0" * 36, RedirectUri="https://example.org"
            )


class Metrics(Case):
    """The figures of a queue in which somebody waits."""

    @classmethod
    def setUpClass(cls):
        cls.chat = start()
        client("connectparticipant").create_participant_connection(ParticipantToken=cls.chat["ParticipantToken"], Type=BOTH, ConnectParticipant=True)
        contact = client().describe_contact(InstanceId=server["instanceId"], ContactId=cls.chat["ContactId"])["Contact"]
        cls.queue = contact["QueueInfo"]["Id"]

    def figures(self, results):
        return {c["Metric"]["Name"]: c.get("Value") for c in results[0]["Collections"]}

    def test_current_metric_data(self):
        out = client().get_current_metric_data(
            InstanceId=server["instanceId"],
            Filters={"Queues": [self.queue], "Channels": ["CHAT"]},
            Groupings=["QUEUE", "CHANNEL"],
            CurrentMetrics=[{"Name": n, "Unit": u} for n, u in (("CONTACTS_IN_QUEUE", "COUNT"), ("OLDEST_CONTACT_AGE", "SECONDS"), ("AGENTS_ONLINE", "COUNT"))],
        )
        self.assertLess(abs(out["DataSnapshotTime"].timestamp() - time.time()), 60)
        self.assertEqual(out["MetricResults"][0]["Dimensions"]["Queue"]["Id"], self.queue)
        figures = self.figures(out["MetricResults"])
        self.assertGreaterEqual(figures["CONTACTS_IN_QUEUE"], 1)
        self.assertEqual(figures["AGENTS_ONLINE"], 0)
        self.assertLess(figures["OLDEST_CONTACT_AGE"], 60)

    def test_contact_metrics(self):
        out = client().get_contact_metrics(
            InstanceId=server["instanceId"], ContactId=self.chat["ContactId"], Metrics=[{"Name": "POSITION_IN_QUEUE"}]
        )
        self.assertEqual(out["Id"], self.chat["ContactId"])
        self.assertGreaterEqual(out["MetricResults"][0]["Value"]["Number"], 1)

    def test_current_user_data(self):
        out = client().get_current_user_data(InstanceId=server["instanceId"], Filters={"Queues": [self.queue]})
        self.assertEqual((out["UserDataList"], out["ApproximateTotalCount"]), ([], 0))

    def history(self, *metrics):
        return client().get_metric_data_v2(
            ResourceArn=server["instanceArn"],
            StartTime=int(time.time()) - 3600,
            EndTime=int(time.time()) + 60,
            Interval={"IntervalPeriod": "TOTAL", "TimeZone": "Europe/Berlin"},
            Filters=[{"FilterKey": "QUEUE", "FilterValues": [self.queue]}],
            Groupings=["QUEUE"],
            Metrics=list(metrics),
        )

    def test_metric_data_v2(self):
        out = self.history(
            {"Name": "CONTACTS_CREATED", "MetricFilters": [{"MetricFilterKey": "INITIATION_METHOD", "MetricFilterValues": ["API"]}]},
            {"Name": "SERVICE_LEVEL", "Threshold": [{"Comparison": "LT", "ThresholdValue": 60}]},
        )
        self.assertEqual(out["MetricResults"][0]["Dimensions"]["QUEUE"], self.queue)
        figures = self.figures(out["MetricResults"])
        self.assertGreaterEqual(figures["CONTACTS_CREATED"], 1)
        self.assertIsNone(figures["SERVICE_LEVEL"])

    def test_a_metric_that_is_not_there(self):
        with self.refused(400, "InvalidParameterException"):
            self.history({"Name": "AVG_BOT_CONVERSATION_TIME"})

    def test_metric_data(self):
        end = int(time.time()) // 300 * 300
        out = client().get_metric_data(
            InstanceId=server["instanceId"],
            StartTime=end - 3600,
            EndTime=end,
            Filters={"Queues": [self.queue], "Channels": ["CHAT"]},
            HistoricalMetrics=[{"Name": "CONTACTS_HANDLED", "Unit": "COUNT", "Statistic": "SUM"}],
        )
        self.assertEqual(self.figures(out["MetricResults"]), {"CONTACTS_HANDLED": 0})


@unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not on this machine")
class CommandLine(Case):
    def aws(self, *arguments):
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": server["accessKeyId"],
            "AWS_SECRET_ACCESS_KEY": server["secretAccessKey"],
            "AWS_DEFAULT_REGION": server["region"],
            "AWS_ENDPOINT_URL_CONNECT": server["url"],
            "AWS_ENDPOINT_URL_CONNECTPARTICIPANT": server["url"],
        }
        done = subprocess.run(["aws", *arguments, "--output", "json"], env=environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def test_B19_a_chat_from_the_shell(self):
        chat = self.aws(
            "connect", "start-chat-contact", "--instance-id", server["instanceId"], "--contact-flow-id",
            server["contactFlowId"], "--participant-details", "DisplayName=Ada",
        )  # fmt: skip
        connection = self.aws(
            "connectparticipant", "create-participant-connection", "--no-sign-request", "--type",
            *BOTH, "--participant-token", chat["ParticipantToken"],
        )  # fmt: skip
        token = connection["ConnectionCredentials"]["ConnectionToken"]
        for n in range(3):
            self.aws(
                "connectparticipant", "send-message", "--no-sign-request", "--connection-token", token,
                "--content-type", "text/plain", "--content", f"message {n}",
            )  # fmt: skip
        page = self.aws(
            "connectparticipant", "get-transcript", "--no-sign-request", "--connection-token", token, "--max-results", "2",
        )  # fmt: skip
        self.assertEqual([i["Content"] for i in page["Transcript"]], ["message 2", "message 1"])


if __name__ == "__main__":
    unittest.main()
