package chat

import (
	"encoding/json"
	"fmt"
)

// The topics of frames.
const (
	TopicChat      = "aws/chat"
	topicSubscribe = "aws/subscribe"
	topicHeartbeat = "aws/heartbeat"
	topicPing      = "aws/ping"
)

// frame is one WebSocket message, as received.
type frame struct {
	topic      string
	content    []byte // JSON: the text of the content string, or the content object
	statusCode int    // of a ping's answer
}

// parseFrame reads a frame. A frame without topic, which some gateways send
// on failure, is not an error.
func parseFrame(data []byte) (frame, error) {
	var w struct {
		Topic      string          `json:"topic"`
		Content    json.RawMessage `json:"content"`
		StatusCode int             `json:"statusCode"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return frame{}, fmt.Errorf("parse frame: %w", err)
	}
	f := frame{topic: w.Topic, content: w.Content, statusCode: w.StatusCode}
	if len(w.Content) > 0 && w.Content[0] == '"' {
		var text string
		if err := json.Unmarshal(w.Content, &text); err != nil {
			return frame{}, fmt.Errorf("parse content of frame: %w", err)
		}
		f.content = []byte(text)
	}
	return f, nil
}

// parseItem reads the item in the content of a chat frame.
func parseItem(content []byte) (Item, error) {
	var it Item
	if err := json.Unmarshal(content, &it); err != nil {
		return Item{}, fmt.Errorf("parse item: %w", err)
	}
	return it, nil
}

// subscribed reports whether the frame confirms a subscription, or refuses it.
func (f frame) subscribed() bool {
	var content struct{ Status string }
	return json.Unmarshal(f.content, &content) == nil && content.Status == "success"
}

func subscribeFrame(topics []string) []byte {
	text, err := json.Marshal(map[string]any{
		"topic":   topicSubscribe,
		"content": map[string][]string{"topics": topics},
	})
	if err != nil {
		panic(err) // strings always marshal
	}
	return text
}
