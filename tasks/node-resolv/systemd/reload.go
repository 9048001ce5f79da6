// SPDX-License-Identifier: Apache-2.0

// Package systemd asks a node's systemd to have a service read its
// configuration anew.
//
// It speaks over the system bus, as uid 0 and without a capability: systemd
// lets in who has its own uid. The bus itself may refuse, where AppArmor confines
// the container.
package systemd

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"

	"github.com/adze-ci/adze/internal/step"
)

// Bus is where a node's system bus listens.
const Bus = "/run/dbus/system_bus_socket"

const (
	name   = "org.freedesktop.systemd1"
	object = "/org/freedesktop/systemd1"
	reload = name + ".Manager.ReloadOrTryRestartUnit"
)

// Reload has a unit reload, or restart where it cannot reload. A unit that
// does not run stays so: https://www.freedesktop.org/software/systemd/man/org.freedesktop.systemd1.html
// The socket is the local path of the node's Bus.
func Reload(ctx context.Context, socket, unit string) (err error) {
	conn, err := dbus.Dial("unix:path="+dbus.EscapeBusAddressValue(socket), dbus.WithContext(ctx))
	if err != nil {
		return step.Hint(fmt.Errorf("reaching the node's system bus: %w", err), "mount the folder of the node's %s", Bus)
	}
	defer func() { err = errors.Join(err, ignoreClosed(conn.Close())) }()
	if err := conn.Auth(nil); err != nil {
		return fmt.Errorf("reaching the node's system bus: %w", err)
	}
	if err := conn.Hello(); err != nil {
		return fmt.Errorf("reaching the node's system bus: %w", err)
	}
	var job dbus.ObjectPath
	if err := conn.Object(name, object).CallWithContext(ctx, reload, 0, unit, "replace").Store(&job); err != nil {
		return fmt.Errorf("asking systemd to reload %s: %w", unit, err)
	}
	return nil
}

// ignoreClosed drops what a connection says that ended already.
func ignoreClosed(err error) error {
	if errors.Is(err, dbus.ErrClosed) {
		return nil
	}
	return err
}
