using System.ComponentModel.DataAnnotations;
using System.Net;
using DnsClient;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Dns;

/// <summary>Which name server is asked.</summary>
public sealed class DnsOptions
{
    /// <summary>Its address and port, such as <c>9.9.9.9:53</c>; the machine's own when there is none.</summary>
    public string? Resolver { get; init; }

    /// <summary>For one attempt; there are two.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    internal bool HasResolver => Resolver is null || IPEndPoint.TryParse(Resolver, out _);
}

/// <summary>The name servers do not answer, so that nobody can say what a domain has published.</summary>
public sealed class DnsUnavailableException(Exception inner) : Exception("The name server does not answer", inner);

/// <summary>What domains publish in TXT records: who can write there, owns the domain.</summary>
public sealed class TxtRecords
{
    private readonly LookupClient _client;

    internal TxtRecords(IOptions<DnsOptions> options)
    {
        var servers = options.Value.Resolver is { } resolver ? new LookupClientOptions(IPEndPoint.Parse(resolver)) : new LookupClientOptions();
        servers.UseCache = false; // whoever has just published a record wants to be believed
        servers.Retries = 1;
        servers.Timeout = options.Value.Timeout;
        servers.ThrowDnsErrors = false;
        _client = new LookupClient(servers);
    }

    /// <returns>The texts of the records; none when the name does not exist.</returns>
    /// <exception cref="DnsUnavailableException">No server could say.</exception>
    public async Task<IReadOnlyList<string>> ReadAsync(string name, CancellationToken ct)
    {
        try
        {
            var answer = await _client.QueryAsync(name, QueryType.TXT, cancellationToken: ct);
            return answer.HasError && answer.Header.ResponseCode is not DnsHeaderResponseCode.NotExistentDomain
                ? throw new DnsUnavailableException(new DnsResponseException((DnsResponseCode)answer.Header.ResponseCode))
                : [.. answer.Answers.TxtRecords().Select(record => string.Concat(record.Text))];
        }
        catch (Exception e) when (e is DnsResponseException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            throw new DnsUnavailableException(e);
        }
    }
}

public static class DnsRegistration
{
    public static void AddDns(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<DnsOptions>("Dns")
            .Validate(options => options.HasResolver, "Dns:Resolver must be an address and a port, such as 9.9.9.9:53.");
        builder.Services.AddSingleton<TxtRecords>(services => new TxtRecords(services.GetRequiredService<IOptions<DnsOptions>>()));
    }
}
