using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SaaS.Core.Jobs;

/// <summary>What a monitor is told about a run.</summary>
internal enum JobPing
{
    Start,
    Success,
    Fail,
}

/// <summary>
/// Tells a monitor of cron jobs (healthchecks.io, or one's own of that kind) how runs go: a POST to the address of the
/// check, with <c>/start</c> or <c>/fail</c> behind it. The monitor then notices what nothing in here can: that no
/// scheduler runs at all. No job waits for it, and none fails because the monitor is away.
/// </summary>
internal sealed partial class JobPings(IHttpClientFactory clients, ILogger<JobPings> logger) : BackgroundService
{
    public const string Client = "job-pings";

    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private const int Capacity = 1_000;

    // In the order of the runs: a start that overtakes its success would look like a run that never ends.
    private readonly Channel<(string Job, Uri Address)> _queue = Channel.CreateBounded<(string, Uri)>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Send(string job, Uri check, JobPing ping) => _queue.Writer.TryWrite((job, ping switch
    {
        JobPing.Start => Below(check, "start"),
        JobPing.Success => check,
        JobPing.Fail => Below(check, "fail"),
    }));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } sending)
        {
            // What the last runs had to say is still said, unless the listener keeps the host waiting.
            await sending.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (job, address) in _queue.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                using var client = clients.CreateClient(Client);
                using var answer = await client.PostAsync(address, content: null, CancellationToken.None);
                answer.EnsureSuccessStatusCode();
            }
#pragma warning disable CA1031 // whatever is wrong with the monitor is no reason to stop telling it
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogNotTold(job, e.GetType().Name); // not the message: the address in it lets anybody who reads it ping
            }
        }
    }

    private static Uri Below(Uri check, string word) => new($"{check.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{word}{check.Query}");

    [LoggerMessage(EventId = 3104, Level = LogLevel.Warning, Message = "The monitor of the job {Job} could not be told how it goes: {Failure}")]
    private partial void LogNotTold(string job, string failure);
}
