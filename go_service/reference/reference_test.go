package reference_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/reference"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// addresses starts the servers of all references.
func addresses(t *testing.T) map[string]string {
	all := startReferences(t).endpoints
	for name, address := range startAio(t).endpoints {
		all[name] = address
	}
	return all
}

func TestEveryReferenceOfTheListsEchoesForManyCallersAtOnce(t *testing.T) {
	at := addresses(t)
	for _, known := range wire.References {
		t.Run(known.Name, func(t *testing.T) {
			if why := reference.Unavailable(known.Name, at[known.Name]); why != "" {
				if known.Placement == wire.PlacementProcess {
					t.Fatal(why)
				}
				t.Skip(why)
			}
			client := open(t, known.Name, at[known.Name])
			var calling sync.WaitGroup
			for range 16 {
				calling.Go(func() { echoAllSizes(t, client) })
			}
			calling.Wait()
			if err := client.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

func echoAllSizes(t *testing.T, client reference.Client) {
	echo, err := client.Join()
	if err != nil {
		t.Error(err)
		return
	}
	for _, size := range []int{0, 1, 64, 4096, 300_000, 3, 1 << 20} {
		if err := echo.Echo(t.Context(), make([]byte, size)); err != nil {
			t.Errorf("%d bytes: %v", size, err)
			return
		}
	}
}

func TestClosingAReferenceEndsACallThatWaits(t *testing.T) {
	for _, name := range []string{"bare-uds", "multiplexed-uds", "default-grpc"} {
		t.Run(name, func(t *testing.T) {
			client := open(t, name, silent(t))
			failed := make(chan error)
			go func() {
				echo, err := client.Join()
				if err == nil {
					err = echo.Echo(context.Background(), []byte("anyone?"))
				}
				failed <- err
			}()
			time.Sleep(50 * time.Millisecond)
			if err := client.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			select {
			case err := <-failed:
				if err == nil {
					t.Error("a call that nobody answered succeeded")
				}
			case <-time.After(5 * time.Second):
				t.Fatal("the call still waits")
			}
		})
	}
}

func TestWhatCannotBeMeasuredSaysWhyAndWhatToDo(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"bare-uds", "--reference bare-uds=ADDRESS"},
		{"bare-aio", "--reference bare-aio=ADDRESS"},
		{"of-my-own", "none of that name"},
	} {
		if why := reference.Unavailable(test.name, ""); !strings.Contains(why, test.want) {
			t.Errorf("%s: %q does not say %q", test.name, why, test.want)
		}
		if _, err := reference.Open(test.name, ""); err == nil {
			t.Errorf("%s was opened", test.name)
		}
	}
}
