# Carries TCP connections of 127.0.0.1 over stdin and stdout: PORT ANY. See RelayFrame.cs for the frames.
use strict;
use warnings;
use Errno;
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use Socket qw(IPPROTO_TCP TCP_NODELAY SOL_SOCKET SO_LINGER);

my ($WINDOW, $PIECE, $MOST, $CROWDED, $HEAD) = (262144, 65536, 256, 262144, 9);
my (%links, %by_sock);
my ($out, $inp, $next) = ('', '', 1);
$SIG{PIPE} = 'IGNORE';
binmode STDIN;
binmode STDOUT;

sub send_frame {
    my ($id, $kind, $data) = @_;
    $out .= pack('NaN', $id, $kind, length $data) . $data;
}

sub is_early { return $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR} }

sub close_link {
    my ($link) = @_;
    delete $links{$link->{id}};
    delete $by_sock{$link->{sock}};
    close $link->{sock};
}

sub reset_link {
    my ($link) = @_;
    send_frame($link->{id}, 'R', '');
    close_link($link);
}

sub settle {
    my ($link) = @_;
    if ($link->{theirs_ended} && !length $link->{buffer} && !$link->{is_shut}) {
        $link->{is_shut} = 1;
        return reset_link($link) unless shutdown $link->{sock}, 1;
    }
    close_link($link) if $link->{is_shut} && $link->{ours_ended};
}

sub read_link {
    my ($link) = @_;
    my $count = sysread $link->{sock}, my $data, $link->{window} < $PIECE ? $link->{window} : $PIECE;
    return is_early() ? undef : reset_link($link) unless defined $count;
    $link->{window} -= $count;
    $link->{ours_ended} = !$count;
    send_frame($link->{id}, $count ? 'D' : 'E', $data);
    settle($link);
}

sub write_link {
    my ($link) = @_;
    my $count = length $link->{buffer} ? syswrite $link->{sock}, $link->{buffer}, $PIECE : 0;
    return is_early() ? undef : reset_link($link) unless defined $count;
    substr($link->{buffer}, 0, $count) = '';
    $link->{taken} += $count;
    if ($link->{taken} >= $WINDOW / 4) {
        send_frame($link->{id}, 'C', pack 'N', $link->{taken});
        $link->{taken} = 0;
    }
    settle($link);
}

sub take {
    my ($link, $kind, $data) = @_;
    if ($kind eq 'D') { $link->{buffer} .= $data; write_link($link) }
    elsif ($kind eq 'C') { $link->{window} += unpack 'N', $data }
    elsif ($kind eq 'E') { $link->{theirs_ended} = 1; settle($link) }
    elsif ($kind eq 'R') { setsockopt $link->{sock}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0); close_link($link) }
}

sub feed {
    my $count = sysread STDIN, $inp, 4 * $PIECE, length $inp;
    return if !defined $count && is_early();
    exit 0 unless $count;
    my $at = 0;
    while (length($inp) - $at >= $HEAD) {
        my ($id, $kind, $length) = unpack 'NaN', substr $inp, $at, $HEAD;
        last if length($inp) - $at < $HEAD + $length;
        take($links{$id}, $kind, substr $inp, $at + $HEAD, $length) if $links{$id};
        $at += $HEAD + $length;
    }
    substr($inp, 0, $at) = '';
}

sub accept_link {
    my ($server) = @_;
    my $sock = $server->accept or return;
    $sock->blocking(0);
    setsockopt $sock, IPPROTO_TCP, TCP_NODELAY, 1;
    my $link = { sock => $sock, id => $next++, window => $WINDOW, taken => 0, buffer => '' };
    $links{$link->{id}} = $by_sock{$sock} = $link;
    send_frame($link->{id}, 'O', '');
}

sub listen_at {
    return IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1', LocalPort => $_[0], Proto => 'tcp', ReuseAddr => 1);
}

my $server = listen_at($ARGV[0]) || ($ARGV[1] && listen_at(0)) or die "No port to listen at: $@";
$server->blocking(0);
STDOUT->blocking(0);
send_frame(0, 'P', $server->sockport);
while (1) {
    my $calm = length $out < $CROWDED;
    my $reads = IO::Select->new(\*STDIN, $calm && keys %links < $MOST ? $server : ());
    my $sinks = IO::Select->new(length $out ? \*STDOUT : ());
    for my $link (values %links) {
        $reads->add($link->{sock}) if $calm && $link->{window} > 0 && !$link->{ours_ended};
        $sinks->add($link->{sock}) if length $link->{buffer};
    }
    my ($ready, $free) = IO::Select::select($reads, $sinks, undef) or next;
    for my $one (@$free) { write_link($by_sock{$one}) if $by_sock{$one} }
    for my $one (@$ready) {
        if ($one eq \*STDIN) { feed() }
        elsif ($one eq $server) { accept_link($server) }
        elsif ($by_sock{$one}) { read_link($by_sock{$one}) }
    }
    next unless length $out;
    my $count = syswrite STDOUT, $out, $PIECE;
    exit 0 unless defined $count || is_early();
    substr($out, 0, $count) = '' if $count;
}
