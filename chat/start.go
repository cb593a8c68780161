package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// StartRequest asks a personal chat backend for a chat. Back ends may ignore
// what they do not trust a customer to decide, such as Attributes.
type StartRequest struct {
	InstanceID                     string             `json:"InstanceId,omitempty"`    // empty: the backend's
	ContactFlowID                  string             `json:"ContactFlowId,omitempty"` // empty: the backend's
	ParticipantDetails             ParticipantDetails `json:"ParticipantDetails"`
	Attributes                     map[string]string  `json:"Attributes,omitempty"`
	SupportedMessagingContentTypes []string           `json:"SupportedMessagingContentTypes,omitempty"` // with TextPlain, if any
	InitialMessage                 *InitialMessage    `json:"InitialMessage,omitempty"`
	ChatDurationInMinutes          int                `json:"ChatDurationInMinutes,omitempty"` // 60 to 10080; 0: the backend's
	PersistentChat                 *PersistentChat    `json:"PersistentChat,omitempty"`
}

// ParticipantDetails describe the customer.
type ParticipantDetails struct {
	DisplayName string `json:"DisplayName"` // 1 to 256 characters
}

// InitialMessage is the customer's first message.
type InitialMessage struct {
	ContentType string `json:"ContentType"`
	Content     string `json:"Content"`
}

// PersistentChat names the ended chat that a new one continues.
type PersistentChat struct {
	SourceContactID string `json:"SourceContactId"`
	RehydrationType string `json:"RehydrationType"` // ENTIRE_PAST_SESSION or FROM_SEGMENT
}

// Start asks the personal chat backend at url for a chat, once. client may be
// nil. The error is an *Error if the backend answered with one.
func Start(ctx context.Context, url string, in StartRequest, client *http.Client) (Details, error) {
	if client == nil {
		client = http.DefaultClient
	}
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return Details{}, fmt.Errorf("start chat: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Details{}, fmt.Errorf("start chat: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return Details{}, fmt.Errorf("start chat: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return Details{}, fmt.Errorf("start chat: %w", err)
	}
	var out struct {
		Data struct {
			StartChatResult Details
			Error           struct{ Code, Message string }
		}
	}
	err = json.Unmarshal(text, &out)
	switch {
	case resp.StatusCode/100 != 2:
		resp.Body = io.NopCloser(bytes.NewReader(text))
		e := errorOf("start chat", resp)
		if err == nil && out.Data.Error.Message != "" {
			e.Message = out.Data.Error.Message
		}
		if err == nil && out.Data.Error.Code != "" {
			e.Type = out.Data.Error.Code
		}
		return Details{}, e
	case err != nil:
		return Details{}, fmt.Errorf("start chat: the backend's answer: %w", err)
	case out.Data.StartChatResult.ParticipantToken == "":
		return Details{}, fmt.Errorf("start chat: the backend's answer has no participant token")
	}
	return out.Data.StartChatResult, nil
}
