#!/usr/bin/perl
# read-fetches.pl SOCKET SPOOL STATE: reads the log of the tenants' SFTP sessions from a socket that it makes, and writes a statement
# to the folder SPOOL for each file that a tenant has read. It runs as an account of its own, never as root, and knows no
# database. It only needs perl-base.
#
# glibc gives each line to the socket as one datagram, with the name and the number of the process. OpenSSH escapes control
# characters in paths. A tenant can't write to the socket: it has SFTP, and nothing else. The account of a line is the user of its
# process, as the kernel reports it.
use strict;
use warnings;
use Socket qw(AF_UNIX SOCK_DGRAM pack_sockaddr_un);
use IO::Handle;
use IO::Select;

my ($path, $spool, $state) = @ARGV;
# Above what a busy server has. Beyond, sessions and the times of open files are forgotten, and new fetches are dropped.
my ($most_sessions, $most_open, $most_files) = (5000, 64, 1000);
my $alive_seconds = 30;

# By the number of the process: account, key, address, and the files that it has open.
my %sessions;
my ($file, $file_at, $lines, $number, $skipped, $dropped, $alive_at) = (undef, 0, 0, 0, 0, 0, 0);
my $clock = 0;
my $running = 1;
$SIG{TERM} = $SIG{INT} = sub { $running = 0 };

STDOUT->autoflush(1);
unlink $path;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "The socket for the log can't be made: $!\n";
umask 0177;
bind($socket, pack_sockaddr_un($path)) or die "The socket $path can't be made: $!\n";
umask 0077;
finish_left_files();
set_clock();
print "reading fetches\n";
my $select = IO::Select->new($socket);

while ($running) {
  alive() if time - $alive_at >= $alive_seconds;
  # A session waits while the queue of the socket is full, so this loop does nothing that can take long.
  if ($select->can_read(1)) {
    next unless defined recv($socket, my $message, 8192, 0);
    note($message);
    finish() if $lines >= 500 || time - $file_at >= 2;
  } else {
    finish();
  }
}
finish();
unlink $path;

# <38>Nov 28 15:00:00 internal-sftp[123]: close "/exports/acme/…" bytes read 10 written 0
sub note {
  my ($message) = @_;
  return unless $message =~ /^<\d+>\w{3} [ \d]\d \d\d:\d\d:\d\d internal-sftp\[(\d+)\]: (.*?)\0?\n?$/s;
  my ($process, $text) = ($1, $2);
  my $now = now();
  if ($text =~ /^session opened for local user \S+ from \[([0-9A-Za-z:.%]{1,64})\]$/) {
    my $session = session($process, 1) or return;
    $session->{address} = $1;
    write_statement($session, undef, $now, $now, 0) if $session->{key};
  } elsif ($text =~ /^session closed for local user /) {
    delete $sessions{$process};
  } elsif ($text =~ /^open "(.*)" flags [A-Z,]+ mode 0[0-7]+$/s) {
    my ($session, $name) = (session($process, 0), $1);
    return unless $session;
    my $opened = $session->{open};
    # An attempt to open a file that does not exist is never closed.
    %$opened = () if keys %$opened >= $most_open;
    push @{ $opened->{$name} }, $now if @{ $opened->{$name} || [] } < $most_open;
  } elsif ($text =~ /^(?:forced )?close "(.*)" bytes read (\d{1,18}) written \d+$/s) {
    closed(session($process, 0), $1, $2, $now);
  }
}

sub closed {
  my ($session, $name, $bytes, $now) = @_;
  return $skipped++ unless $session;
  my $opened = $session->{open};
  my $began = shift(@{ $opened->{$name} || [] }) || $now;
  delete $opened->{$name} if $opened->{$name} && !@{ $opened->{$name} };
  return if $bytes == 0;
  my $place = absolute($name, $session->{account});
  # Every delivered file has such a path. Others, such as the manifest, are no deliveries.
  return $skipped++
    unless $place =~ m{^/exports/\Q$session->{account}\E/\d{4}/\d\d/\d\d/[A-Za-z0-9_]{1,63}/[A-Za-z0-9_][A-Za-z0-9._-]{0,120}$};
  write_statement($session, $place, $began, $now, $bytes);
}

# Without `.`, `..` and double slashes. A session starts in the folder of its tenant.
sub absolute {
  my ($name, $account) = @_;
  my @parts = $name =~ m{^/} ? () : ('exports', $account);
  for my $part (split m{/}, $name) {
    next if $part eq '' || $part eq '.';
    if ($part eq '..') { pop @parts } else { push @parts, $part }
  }
  return '/' . join('/', @parts);
}

# The session of a process: what is known, or what the kernel says of the process.
sub session {
  my ($process, $is_new) = @_;
  delete $sessions{$process} if $is_new;
  return $sessions{$process} if $sessions{$process};
  my ($user, $parent) = status($process);
  my $account = defined $user ? account($user) : undef;
  return undef unless defined $account;
  forget() if keys %sessions >= $most_sessions;
  return $sessions{$process} = { account => $account, key => key($account, $parent), address => undef, open => {} };
}

sub forget {
  for my $process (keys %sessions) { delete $sessions{$process} unless -d "/proc/$process" }
  %sessions = () if keys %sessions >= $most_sessions;
}

# The user and the parent of a process.
sub status {
  my ($process) = @_;
  open(my $status, '<', "/proc/$process/status") or return;
  my ($user, $parent);
  while (<$status>) {
    $parent = $1 if /^PPid:\s+(\d+)/;
    $user = $1 if /^Uid:\s+(\d+)/;
  }
  return ($user, $parent);
}

# The tenant with that number: accounts.sh keeps them.
sub account {
  my ($user) = @_;
  open(my $ids, '<', "$state/ids") or return undef;
  while (<$ids>) {
    return $1 if /^([A-Za-z0-9][A-Za-z0-9._-]{0,62}) (\d+)$/ && $2 == $user;
  }
  return undef;
}

# The key of a login: authorized-keys.sh notes it for the process that watches the session, which is above its other processes.
sub key {
  my ($account, $process) = @_;
  for (1 .. 3) {
    return undef unless $process && $process > 1;
    if (open(my $note, '<', "$state/sessions/$process")) {
      my $line = <$note> // '';
      return $line =~ /^\Q$account\E (SHA256:[A-Za-z0-9+\/]{43}) / ? $1 : undef;
    }
    (undef, $process) = status($process);
  }
  return undef;
}

sub alive {
  write_line("SELECT tidemark.record_fetch('openssh', ended => to_timestamp(" . time . "));");
  $alive_at = time;
  return unless $skipped || $dropped;
  print "$skipped files that are no deliveries were read, and $dropped fetches were dropped\n";
  ($skipped, $dropped) = (0, 0);
}

# All values have passed a pattern without quotes.
sub write_statement {
  my ($session, $place, $began, $ended, $bytes) = @_;
  my ($id, $name) = defined $place ? ("'" . uuid() . "'", "'$place'") : ('NULL', 'NULL');
  my ($key, $address) = map { defined $_ ? "'$_'" : 'NULL' } @$session{qw(key address)};
  write_line("SELECT tidemark.record_fetch('openssh', $id, '$session->{account}', $name, to_timestamp($began), "
      . "to_timestamp($ended), $bytes, NULL, $key, $address);");
}

sub uuid {
  open(my $random, '<', '/proc/sys/kernel/random/uuid') or die "There is no source of ids: $!\n";
  chomp(my $uuid = <$random>);
  return $uuid;
}

# The time with hundredths of a second, which perl-base has no function for: the time since the start of the system, and when that was.
# It corrects itself when it differs from the clock by a second.
sub now {
  open(my $uptime, '<', '/proc/uptime') or return time;
  my ($since_start) = split ' ', <$uptime>;
  my ($time, $now) = (time, $clock + $since_start);
  if ($now < $time) {
    $clock += $time - $now;
  } elsif ($now >= $time + 1) {
    $clock -= $now - $time - 0.99;
  }
  return sprintf '%.2f', $clock + $since_start;
}

# Waits for the next second, which begins at a known time.
sub set_clock {
  my $time = time;
  while (time == $time) { select(undef, undef, undef, 0.01) }
  now();
}

# A file gets its lasting name when it is complete. send-fetches.sh sends it then, and removes it.
sub write_line {
  my ($line) = @_;
  if (!$file) {
    return $dropped++ if waiting() >= $most_files;
    open($file, '>', "$spool/new") or do { undef $file; return $dropped++ };
    # A reader that is killed leaves the lines that it has written.
    $file->autoflush(1);
    ($lines, $file_at) = (0, time);
  }
  if (print {$file} "$line\n") { $lines++ } else { $dropped++ }
}

sub finish {
  return unless $file;
  my $written = close $file;
  undef $file;
  $written && keep() or $dropped += $lines;
  $lines = 0;
}

sub keep {
  return rename("$spool/new", sprintf('%s/%012d-%06d.sql', $spool, time, $number++ % 1_000_000));
}

sub finish_left_files {
  keep() if -s "$spool/new";
}

sub waiting {
  opendir(my $folder, $spool) or return 0;
  return scalar grep { /\.sql$/ } readdir $folder;
}
