/** How a site's server makes the token of a signed start, without any library. */

export type Sample = Readonly<{ id: string; label: string; code(widget: string): string }>;

export const samples: readonly Sample[] = [
  {
    id: 'node',
    label: 'Node',
    code: (widget) => `import { createHmac } from 'node:crypto';

export function chatToken(attributes = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const body = part({ alg: 'HS256', typ: 'JWT' }) + '.' +
    part({ sub: '${widget}', iat, exp: iat + 300, attributes });
  return body + '.' + createHmac('sha256', process.env.WIDGET_SECRET).update(body).digest('base64url');
}`,
  },
  {
    id: 'python',
    label: 'Python',
    code: (widget) => `import base64, hashlib, hmac, json, os, time

def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def chat_token(attributes={}):
    part = lambda value: _b64(json.dumps(value).encode())
    iat = int(time.time())
    body = part({"alg": "HS256", "typ": "JWT"}) + "." + part(
        {"sub": "${widget}", "iat": iat, "exp": iat + 300, "attributes": attributes})
    mac = hmac.new(os.environ["WIDGET_SECRET"].encode(), body.encode(), hashlib.sha256)
    return body + "." + _b64(mac.digest())`,
  },
  {
    id: 'go',
    label: 'Go',
    code: (widget) => `import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"time"
)

func chatToken(attributes map[string]string) string {
	part := func(value any) string {
		b, _ := json.Marshal(value)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	iat := time.Now().Unix()
	body := part(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." +
		part(map[string]any{"sub": "${widget}", "iat": iat, "exp": iat + 300, "attributes": attributes})
	mac := hmac.New(sha256.New, []byte(os.Getenv("WIDGET_SECRET")))
	mac.Write([]byte(body))
	return body + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}`,
  },
  {
    id: 'php',
    label: 'PHP',
    code: (widget) => `function b64($data) {
    return rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
}

function chat_token(array $attributes = []) {
    $iat = time();
    $body = b64(json_encode(['alg' => 'HS256', 'typ' => 'JWT'])) . '.' . b64(json_encode(
        ['sub' => '${widget}', 'iat' => $iat, 'exp' => $iat + 300, 'attributes' => (object) $attributes]));
    return $body . '.' . b64(hash_hmac('sha256', $body, getenv('WIDGET_SECRET'), true));
}`,
  },
];
