package load

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"
)

// httpLine is one kept-alive connection to a service, for one goroutine. It writes requests that are ready and reads
// answers by net/http: its own client hands each request over between three goroutines, which would cost the CPU that
// the service is to have.
type httpLine struct {
	address    string
	connection net.Conn
	reader     *bufio.Reader
}

// exchange sends a request and reads the whole answer within the timeout. It gives the status and the length of the
// body; after an error the next exchange dials again.
func (l *httpLine) exchange(method string, request []byte, timeout time.Duration) (code int, received int64, err error) {
	deadline := time.Now().Add(timeout)
	if l.connection == nil {
		if err := l.dial(deadline); err != nil {
			return 0, 0, err
		}
	}
	_ = l.connection.SetDeadline(deadline)
	code, received, keep, err := l.roundTrip(method, request)
	if err != nil || !keep {
		l.close()
	}
	if err != nil {
		return 0, received, err
	}
	return code, received, nil
}

func (l *httpLine) dial(deadline time.Time) error {
	dialer := net.Dialer{Deadline: deadline}
	connection, err := dialer.Dial("tcp", l.address)
	if err != nil {
		return err
	}
	l.connection = connection
	if l.reader == nil {
		l.reader = bufio.NewReaderSize(connection, 16<<10)
	} else {
		l.reader.Reset(connection)
	}
	return nil
}

func (l *httpLine) roundTrip(method string, request []byte) (code int, received int64, keep bool, err error) {
	if _, err := l.connection.Write(request); err != nil {
		return 0, 0, false, err
	}
	answer, err := http.ReadResponse(l.reader, &http.Request{Method: method})
	if err != nil {
		return 0, 0, false, err
	}
	received, err = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode, received, !answer.Close, err
}

func (l *httpLine) close() {
	if l.connection != nil {
		_ = l.connection.Close()
		l.connection = nil
	}
}
