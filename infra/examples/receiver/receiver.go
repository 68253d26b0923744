// Receives webhooks: verifies each message, takes each once, prints it, and says which are missing.
// SECRET is the secret that was shown when the webhook was created; PORT is 9000 without it.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const longest = 64 * 1024

type event struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	AccountID string `json:"account_id"`
	// A test has none.
	Sequence *int64 `json:"sequence"`
}

type receiver struct {
	webhook *standardwebhooks.Webhook

	// Each request has its own goroutine.
	mutex sync.Mutex
	// A real receiver stores both with what it did, in one transaction: a message may come again.
	taken map[string]bool
	// The highest sequence of each account.
	last map[string]int64
}

func (r *receiver) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	// The signature is of these bytes: a body that was parsed and written again has others.
	body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, longest))
	if err != nil || request.Method != http.MethodPost {
		response.WriteHeader(http.StatusBadRequest)
		return
	}
	if err := r.webhook.Verify(body, request.Header); err != nil {
		fmt.Println("refused:", err)
		response.WriteHeader(http.StatusUnauthorized)
		return
	}
	var received event
	if err := json.Unmarshal(body, &received); err != nil {
		response.WriteHeader(http.StatusBadRequest)
		return
	}
	r.take(received)
	response.WriteHeader(http.StatusNoContent)
}

func (r *receiver) take(received event) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.taken[received.ID] {
		return
	}
	r.taken[received.ID] = true
	fmt.Println(received.Type, received.ID)
	if received.Sequence != nil {
		r.noticeGap(received.AccountID, *received.Sequence)
	}
}

// Says which events of an account did not arrive: they are late or lost, or of types that the webhook does not want.
func (r *receiver) noticeGap(account string, sequence int64) {
	before, known := r.last[account]
	if !known {
		before = sequence - 1
	}
	if sequence > before+1 {
		fmt.Printf("gap in %s: %d to %d; a token of its user reads on from %d:\n", account, before+1, sequence-1, before)
		fmt.Printf("curl -X POST $HOST/api/events-list -H \"Authorization: Bearer $TOKEN\" -H \"Content-Type: application/json\" -d '{\"cursor\": %d}'\n", before)
	}
	r.last[account] = max(before, sequence)
}

func main() {
	webhook, err := standardwebhooks.NewWebhook(os.Getenv("SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "9000"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, &receiver{webhook: webhook, taken: map[string]bool{}, last: map[string]int64{}}))
}
