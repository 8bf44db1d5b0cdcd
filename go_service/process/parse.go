package process

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// Parse reads a command line of flags only. A refusal is one line in the error; --help prints all flags and gives
// flag.ErrHelp.
func Parse(set *flag.FlagSet, arguments []string, stderr io.Writer) error {
	set.SetOutput(io.Discard)
	err := set.Parse(arguments)
	switch {
	case errors.Is(err, flag.ErrHelp):
		set.SetOutput(stderr)
		fmt.Fprintf(stderr, "usage: %s [flags]\n", set.Name())
		set.PrintDefaults()
		return err
	case err != nil:
		return fmt.Errorf("%w; see --help", err)
	case set.NArg() > 0:
		return fmt.Errorf("unexpected argument %q: all are flags; see --help", set.Arg(0))
	}
	return nil
}
