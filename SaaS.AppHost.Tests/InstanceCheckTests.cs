using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using SaaS.AppHost.Lifecycle;

namespace SaaS.AppHost.Tests;

/// <summary>Tests that a health check accepts only processes of this run.</summary>
public sealed class InstanceCheckTests
{
    [Fact]
    public async Task The_check_of_a_starting_host_retries_until_it_is_ready()
    {
        var asked = 0;
        await using var host = await StartAsync(http =>
        {
            http.Response.Headers["X-Instance-Id"] = "mine";
            http.Response.StatusCode = ++asked < 3 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            return Task.CompletedTask;
        });

        using var starting = NewClient(isStarting: true);
        Assert.Equal(HttpStatusCode.OK, (await starting.GetAsync(ReadinessOf(host), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(3, asked);

        asked = 0;
        using var started = NewClient(isStarting: false);
        Assert.Equal(
            HttpStatusCode.ServiceUnavailable,
            (await started.GetAsync(ReadinessOf(host), TestContext.Current.CancellationToken)).StatusCode
        );
    }

    [Theory]
    [InlineData("mine", HttpStatusCode.OK)]
    [InlineData("of another run", HttpStatusCode.MisdirectedRequest)]
    [InlineData(null, HttpStatusCode.MisdirectedRequest)]
    public async Task A_response_without_the_instance_id_of_this_run_is_rejected(string? instance, HttpStatusCode expected)
    {
        await using var stranger = await StartAsync(http =>
        {
            http.Response.Headers["X-Instance-Id"] = instance;
            return http.Response.WriteAsync("ready");
        });
        using var http = NewClient(isStarting: false);

        using var answer = await http.GetAsync(ReadinessOf(stranger), TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
    }

    private static HttpClient NewClient(bool isStarting) =>
        new(new InstanceCheck("mine", () => isStarting) { InnerHandler = new SocketsHttpHandler() });

    private static Uri ReadinessOf(WebApplication host) => new($"{host.Urls.Single()}/health/ready");

    private static async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var host = builder.Build();
        host.Run(answer);
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }
}
