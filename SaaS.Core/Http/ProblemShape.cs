using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.Http;

/// <summary>Gives every error the shape of <see cref="ProblemBody"/>.</summary>
public static class ProblemShape
{
    public static void AddProblemShape(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, ProblemDetailsAdapter>(); // before the framework's own: the first that can write wins
        services.AddProblemDetails();
        services.AddExceptionHandler<UnexpectedErrors>();
        // Binding errors are thrown in every environment, so that one handler can name the invalid field.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    /// <summary>Turns exceptions, and the framework's bare 400, 404, 405 and 415, into problems.</summary>
    public static void UseProblemShape(this IApplicationBuilder app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(context =>
        {
            var status = context.HttpContext.Response.StatusCode;
            var problem =
                status == StatusCodes.Status400BadRequest
                    ? RequestProblems.FromQuery(context.HttpContext)
                    : HttpProblems.FromStatusCode(status);
            // A status without a problem of its own, such as 412, stays as it is.
            return ProblemResult.GetStatusCode(problem.Kind) == status
                ? problem.ToHttp().ExecuteAsync(context.HttpContext)
                : Task.CompletedTask;
        });
    }
}
