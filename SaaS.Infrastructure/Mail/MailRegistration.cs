using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Mail;

/// <summary>Chooses who carries the mails: the server that is configured, or the folder.</summary>
public static class MailRegistration
{
    public const string Section = "Mail";

    private const string Password = $"{Section}:{nameof(MailOptions.Smtp)}:{nameof(SmtpOptions.Password)}";
    private const string UserName = $"{Section}:{nameof(MailOptions.Smtp)}:{nameof(SmtpOptions.UserName)}";
    private const int LeastPassword = 8;

    /// <summary>What a host demands of the password that it signs in to the mail server with; the other options have rules of their own.</summary>
    public static IEnumerable<SecretFault> FaultsIn(IConfiguration configuration) =>
        configuration[Password] is { Length: > 0 } password && SecretStrength.OfPassword(password, configuration[UserName], LeastPassword) is { } weakness
            ? [SecretFault.Weak(Password, $"{weakness}: give the mail server's user another one.")]
            : [];

    public static void AddMail(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<MailOptions>(Section);
        builder.Services.AddSingleton<IValidateOptions<MailOptions>, MailOptionsRules>();
        builder.Services.AddSingleton(NewSender);

        if (builder.Configuration.GetSection($"{Section}:{nameof(MailOptions.Smtp)}").GetChildren().Any())
        {
            builder.Services.AddSingleton<MailHealth>();
            builder.Services.AddHealthChecks().AddCheck<MailHealth>(
                "mail", failureStatus: HealthStatus.Degraded, tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
        }
    }

    private static MailSender NewSender(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<MailOptions>>().Value;
        var clock = services.GetRequiredService<TimeProvider>();

        return options.Smtp is { } smtp
            ? new SmtpMailSender(smtp, options, clock, services.GetRequiredService<ILogger<SmtpMailSender>>())
            : new FolderMailSender(options.Folder!, options, clock, services.GetRequiredService<ILogger<FolderMailSender>>());
    }

    /// <summary>Degraded, not unhealthy: what is asked for is answered, and the mails go out when the server is back.</summary>
    private sealed class MailHealth(MailSender sender, TimeProvider clock) : IHealthCheck
    {
        // Probes come every few seconds and from every replica; a mail server counts who knocks.
        private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);
        private volatile Known? _known;

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            if (_known is { } known && clock.GetElapsedTime(known.At) < Remembered)
            {
                return known.Result;
            }

            var result = await AskAsync(cancellationToken);
            _known = new Known(result, clock.GetTimestamp());
            return result;
        }

        private async Task<HealthCheckResult> AskAsync(CancellationToken ct)
        {
            try
            {
                await ((SmtpMailSender)sender).CheckAsync(ct);
                return HealthCheckResult.Healthy();
            }
            catch (IOException e)
            {
                return HealthCheckResult.Degraded("The mail server does not answer", e);
            }
        }

        private sealed record Known(HealthCheckResult Result, long At);
    }
}
