using System.ComponentModel.DataAnnotations;
using System.Net;
using DnsClient;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Dns;

/// <summary>Settings of the DNS client.</summary>
public sealed class DnsOptions
{
    /// <summary>
    /// The address and port of the name server, such as <c>9.9.9.9:53</c>; null uses the name server of the operating system.
    /// </summary>
    public string? Resolver { get; init; }

    /// <summary>The timeout of one attempt; there are two attempts.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    internal bool HasResolver => Resolver is null || IPEndPoint.TryParse(Resolver, out _);
}

/// <summary>The name server does not answer, so the records of a domain are unknown.</summary>
public sealed class DnsUnavailableException(Exception inner) : Exception("The name server does not answer", inner);

/// <summary>Reads TXT records. Only the owner of a domain can publish them, so they prove its ownership.</summary>
public sealed class TxtRecords
{
    private readonly LookupClient _client;

    internal TxtRecords(IOptions<DnsOptions> options)
    {
        var servers = options.Value.Resolver is { } resolver
            ? new LookupClientOptions(IPEndPoint.Parse(resolver))
            : new LookupClientOptions();
        servers.UseCache = false; // a user who has just published a record verifies it right away
        servers.Retries = 1;
        servers.Timeout = options.Value.Timeout;
        servers.ThrowDnsErrors = false;
        _client = new LookupClient(servers);
    }

    /// <returns>The texts of the records; empty when the name does not exist.</returns>
    /// <exception cref="DnsUnavailableException">No name server answered.</exception>
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
        builder
            .Services.AddSettings<DnsOptions>("Dns")
            .Validate(options => options.HasResolver, "Dns:Resolver must be an address and a port, such as 9.9.9.9:53.");
        builder.Services.AddSingleton<TxtRecords>(services => new TxtRecords(services.GetRequiredService<IOptions<DnsOptions>>()));
    }
}
