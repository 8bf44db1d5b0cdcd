package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// MaxSocketPathBytes keeps below the 107 bytes of sockaddr_un with room for a suffix.
const MaxSocketPathBytes = 100

// SocketDir is a private folder for sockets: 0700 and the user's own.
type SocketDir struct {
	path string
}

// OpenSocketDir checks an existing folder.
func OpenSocketDir(path string) (SocketDir, error) {
	if path == "" {
		return SocketDir{}, errors.New("--socket-dir is missing: name a folder of mode 0700")
	}
	info, err := os.Stat(path)
	if err != nil {
		return SocketDir{}, fmt.Errorf("--socket-dir: %w; create it with mode 0700", err)
	}
	if !info.IsDir() {
		return SocketDir{}, fmt.Errorf("--socket-dir %s: is no folder; name a folder of mode 0700", path)
	}
	if mode := info.Mode().Perm(); mode != 0o700 {
		return SocketDir{}, fmt.Errorf("--socket-dir %s: has mode %04o, which lets others in; chmod 0700 it", path, mode)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return SocketDir{}, fmt.Errorf("--socket-dir %s: belongs to user %d, not to %d; use a folder of your own", path, stat.Uid, os.Geteuid())
	}
	return SocketDir{path: path}, nil
}

// Path gives the path of a socket in the folder, or refuses one that the system could cut.
func (d SocketDir) Path(name string) (string, error) {
	path := filepath.Join(d.path, name)
	if len(path) > MaxSocketPathBytes {
		return "", fmt.Errorf("socket path %s: %d bytes, at most %d are allowed; choose a shorter --socket-dir",
			path, len(path), MaxSocketPathBytes)
	}
	return path, nil
}
